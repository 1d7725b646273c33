package io.compot.quantise;

import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * An orthogonal matrix R = K·diag(signs) that spreads every entry of a vector over all: K is a
 * Kronecker product of Hadamard matrices and, where n = 2^a·m with m odd above 1, of a Hartley
 * matrix (cos + sin of 2πij/m, over √m), all entries of the same order. With random signs rotated
 * weights are nearly normal and no direction of the input stands out ("incoherence", QuIP, arXiv
 * 2307.13304; QuIP#, 2402.04396). Applied factor by factor: n(Σ of factors' sizes) operations.
 *
 * @param size n
 * @param seed of the signs
 */
public record Rotation(long size, long seed) {

  /** Hadamard factors have at most this many rows: small enough for caches, few passes. */
  private static final long LARGEST = 64;

  public Rotation {
    if (size < 1) {
      throw new IllegalArgumentException("a rotation of " + size + " dimensions");
    }
  }

  /**
   * R·v of every row v.
   *
   * @param rows [.., n], floating
   * @return the same shape and type, in the caller's scope
   */
  public Tensor apply(Tensor rows) {
    try (var scope = TensorScope.open()) {
      Dtype type = Dtype.of(rows);
      return scope.keep(product(rows.mul(signs(type))).view(rows.sizes().vec().get()));
    }
  }

  /** Rᵀ·v of every row v; arguments as above. */
  public Tensor undo(Tensor rows) {
    try (var scope = TensorScope.open()) {
      Dtype type = Dtype.of(rows);
      Tensor turned = product(rows).view(rows.sizes().vec().get());
      return scope.keep(turned.mul_(signs(type)));
    }
  }

  /** R·A·Rᵀ of a symmetric matrix, in the caller's scope. */
  public Tensor congruent(Tensor symmetric) {
    try (var scope = TensorScope.open()) {
      Tensor half;
      try (var inner = TensorScope.open()) {
        half = inner.keep(apply(symmetric).t().contiguous());
      }
      return scope.keep(apply(half));
    }
  }

  /** All factors are symmetric but for rounding, and so their own inverses. */
  private Tensor product(Tensor rows) {
    long count = rows.numel() / size;
    Tensor turned = rows.contiguous();
    List<double[][]> factors = factors();
    for (double[][] factor : factors) {
      try (var scope = TensorScope.open()) {
        long f = factor.length;
        Tensor matrix = tensor(factor, Dtype.of(rows));
        // The first digit of an index is turned and becomes the last: after all, each is in place.
        Tensor digits = turned.view(count, f, size / f).transpose(1, 2);
        turned = scope.keep(digits.matmul(matrix).contiguous());
      }
    }
    return turned;
  }

  private List<double[][]> factors() {
    List<double[][]> factors = new ArrayList<>();
    long odd = size >> Long.numberOfTrailingZeros(size);
    if (odd > 1) {
      factors.add(hartley(Math.toIntExact(odd)));
    }
    for (long left = size / odd; left > 1; left /= Math.min(left, LARGEST)) {
      factors.add(hadamard((int) Math.min(left, LARGEST)));
    }
    return factors;
  }

  private static double[][] hadamard(int n) {
    double[][] matrix = new double[n][n];
    double entry = 1 / Math.sqrt(n);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        matrix[i][j] = Integer.bitCount(i & j) % 2 == 0 ? entry : -entry;
      }
    }
    return matrix;
  }

  private static double[][] hartley(int n) {
    double[][] matrix = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double angle = 2 * Math.PI * ((long) i * j % n) / n;
        matrix[i][j] = (StrictMath.cos(angle) + StrictMath.sin(angle)) / Math.sqrt(n);
      }
    }
    return matrix;
  }

  /** The signs, +1 or −1. */
  public float[] signs() {
    float[] signs = new float[Math.toIntExact(size)];
    long state = seed;
    for (int i = 0; i < signs.length; i++) {
      // SplitMix64, written out: what is stored must be read alike by every version.
      state += 0x9e3779b97f4a7c15L;
      long z = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
      z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
      signs[i] = (z ^ (z >>> 31)) < 0 ? -1 : 1;
    }
    return signs;
  }

  private Tensor signs(Dtype type) {
    float[] signs = signs();
    double[] wide = new double[signs.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = signs[i];
    }
    return tensor(new double[][] {wide}, type).view(size);
  }

  private static Tensor tensor(double[][] rows, Dtype type) {
    try (var scope = TensorScope.open()) {
      Tensor wide = NativeMemory.empty(Dtype.F64, rows.length, rows[0].length);
      MemorySegment to = NativeMemory.bytes(wide);
      for (int i = 0; i < rows.length; i++) {
        long at = (long) i * rows[0].length * Double.BYTES;
        MemorySegment.copy(rows[i], 0, to, ValueLayout.JAVA_DOUBLE, at, rows[i].length);
      }
      return scope.keep(wide.to(type.scalarType()));
    }
  }
}
