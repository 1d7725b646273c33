package io.compot.calibration;

import static org.bytedeco.pytorch.global.torch.cholesky_solve;
import static org.bytedeco.pytorch.global.torch.linalg_eigh;

import io.compot.tensor.NativeMemory;
import io.compot.tensor.RidgedCholesky;
import io.compot.tensor.TensorScope;
import java.lang.foreign.ValueLayout;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A ridge regression (XᵀX + μI)⁻¹XᵀΔ of what is to be explained, Δ, on inputs X, of a calibration
 * text's tokens. Of many tokens any small μ will do. Of few most of an unrestrained regression is
 * chance, and of fewer than inputs all; so μ is chosen by generalised cross-validation (Golub,
 * Heath and Wahba 1979), which estimates what leaving out one token after the other would show,
 *
 * <pre>
 * min over μ of ‖Δ − XB‖² / (n − γ·tr A)²,  A = X(XᵀX + μI)⁻¹Xᵀ
 * </pre>
 *
 * with γ = 1.4, since neighbouring tokens resemble each other (Kim and Gu 2004). That nothing is
 * explained is one of the choices. Owns native memory.
 */
final class RidgeRegression implements AutoCloseable {

  /**
   * Tokens for each input beyond which nothing is chosen: chance has little part in it then, and
   * eigenvectors of wide inputs take minutes.
   */
  private static final long MANY = 4;

  private static final double CAUTION = 1.4;

  /** From one μ that is tried to the next, as far as a thousand mean diagonal entries. */
  private static final double STEP = Math.sqrt(10);

  private static final double LARGEST = 2e3;

  /** Eigenvalues below this part of the largest are rounding. */
  private static final double NOTHING = 1e-12;

  /** Of XᵀX + μI: the lower factor, or eigenvectors with values, or nothing where μ is infinite. */
  private final @Nullable Tensor root;

  private final @Nullable Tensor vectors;
  private final @Nullable Tensor values;

  private RidgeRegression(
      @Nullable Tensor root, @Nullable Tensor vectors, @Nullable Tensor values) {
    this.root = root;
    this.vectors = vectors;
    this.values = values;
  }

  /**
   * Chooses μ.
   *
   * @param gram XᵀX
   * @param products XᵀΔ
   * @param energy ‖Δ‖²
   * @param tokens n
   * @param ridge the least μ as a part of the mean diagonal entry of XᵀX, above 0
   */
  static RidgeRegression of(
      Tensor gram, Tensor products, double energy, long tokens, double ridge) {
    try (var scope = TensorScope.open()) {
      double mean = gram.diagonal().mean().item_double();
      if (!(mean > 0)) {
        return new RidgeRegression(null, null, null);
      }
      if (tokens >= MANY * gram.size(0)) {
        // A handle of its own: the decomposition's belongs to its pair.
        Tensor root = RidgedCholesky.lower(gram.clone(), ridge * mean).detach();
        return new RidgeRegression(scope.own(root), null, null);
      }
      var decomposition = linalg_eigh(gram);
      Tensor values = decomposition.get0().detach();
      Tensor vectors = decomposition.get1().detach();
      double[] explained = numbers(vectors.t().mm(products).square().sum(1));
      double mu = chosen(numbers(values), explained, energy, tokens, mean, ridge);
      if (Double.isInfinite(mu)) {
        return new RidgeRegression(null, null, null);
      }
      Tensor shifted = values.clamp_min(new Scalar(0.0)).add(new Scalar(mu));
      return new RidgeRegression(null, scope.own(vectors), scope.own(shifted));
    }
  }

  /** The μ of least estimated error; infinite where to explain nothing is better than any. */
  private static double chosen(
      double[] spectrum,
      double[] explained,
      double energy,
      long tokens,
      double mean,
      double ridge) {
    double least = spectrum[spectrum.length - 1] * NOTHING;
    double chosen = Double.POSITIVE_INFINITY;
    double best = energy / tokens / tokens;
    for (double mu = ridge * mean; mu <= LARGEST * mean; mu *= STEP) {
      double left = energy;
      double degrees = 0;
      for (int i = 0; i < spectrum.length; i++) {
        if (spectrum[i] > least) {
          double kept = spectrum[i] / (spectrum[i] + mu);
          left -= explained[i] / spectrum[i] * kept * (2 - kept);
          degrees += kept;
        }
      }
      double free = tokens - CAUTION * degrees;
      double error = free > 0 ? Math.max(0, left) / free / free : Double.POSITIVE_INFINITY;
      if (error < best) {
        best = error;
        chosen = mu;
      }
    }
    return chosen;
  }

  private static double[] numbers(Tensor vector) {
    return NativeMemory.bytes(vector.contiguous()).toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
  }

  /**
   * (XᵀX + μI)⁻¹ times a matrix, in the caller's scope; null where that is nothing.
   *
   * @param right [in, columns], double
   */
  @Nullable Tensor of(Tensor right) {
    if (root != null) {
      return cholesky_solve(right, root);
    }
    if (vectors == null || values == null) {
      return null;
    }
    return vectors.mm(vectors.t().mm(right).div_(values.unsqueeze(1)));
  }

  @Override
  public void close() {
    for (Tensor each : new Tensor[] {root, vectors, values}) {
      if (each != null) {
        each.close();
      }
    }
  }
}
