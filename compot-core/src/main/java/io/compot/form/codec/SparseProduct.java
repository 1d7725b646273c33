package io.compot.form.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.compot.form.SparseCode;
import io.compot.kernel.Weight;
import io.compot.tensor.Affine;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A sparse code, after a dictionary where there is one; the code stays packed. One row of inputs is
 * multiplied by the values where they lie; for more of them a panel of the code at a time is spread
 * out, which costs little beside its product.
 */
final class SparseProduct implements Product {

  /** Entries of a panel: 64 MiB of floats. */
  private static final long PANEL = 1L << 24;

  /** Rows of the code that one thread takes at a time. */
  private static final int ROWS = 64;

  private final @Nullable Product dictionary;
  private final SparseCode code;

  /** Where each row's values begin. */
  private final long[] starts;

  /**
   * A product with a code.
   *
   * @param dictionary [k, in], owned; null where the code is the weight
   * @param code [out, k], in the type it is stored in, owned
   */
  SparseProduct(@Nullable Product dictionary, SparseCode code) {
    this.dictionary = dictionary;
    this.code = code;
    this.starts = code.starts();
  }

  @Override
  public Tensor apply(Tensor x, @Nullable Tensor bias) {
    try (var scope = TensorScope.open()) {
      Tensor narrow = dictionary == null ? x : dictionary.apply(x, null);
      boolean one = narrow.numel() == code.k() && !narrow.requires_grad();
      return scope.keep(one ? ofOne(narrow, bias) : ofMany(narrow, bias));
    }
  }

  private Tensor ofMany(Tensor narrow, @Nullable Tensor bias) {
    try (var scope = TensorScope.open()) {
      int out = Math.toIntExact(code.out());
      int rows = Math.toIntExact(Math.clamp(PANEL / code.k(), 1, out));
      ScalarType type = narrow.scalar_type();
      if (rows == out) {
        Tensor whole = code.dense(starts, 0, out).to(type);
        return scope.keep(Affine.apply(narrow, whole, bias));
      }
      List<Tensor> parts = new ArrayList<>();
      for (int from = 0; from < out; from += rows) {
        try (var part = TensorScope.open()) {
          int to = Math.min(out, from + rows);
          Tensor panel = code.dense(starts, from, to).to(type);
          Tensor shift = bias == null ? null : bias.narrow(0, from, to - from);
          parts.add(part.keep(Affine.apply(narrow, panel, shift)));
        }
      }
      return scope.keep(torch.cat(new TensorVector(parts.toArray(Tensor[]::new)), -1));
    }
  }

  /** Sums in single precision, in the order of the entries, whatever the number of threads. */
  private Tensor ofOne(Tensor narrow, @Nullable Tensor bias) {
    try (var scope = TensorScope.open()) {
      int out = Math.toIntExact(code.out());
      float[] input = floats(narrow);
      float[] shift = bias == null ? new float[out] : floats(bias);
      long[] shape = narrow.shape();
      shape[shape.length - 1] = out;
      Tensor output = NativeMemory.empty(Dtype.F32, shape);
      MemorySegment sums = NativeMemory.bytes(output);
      IntStream.range(0, Math.ceilDiv(out, ROWS))
          .parallel()
          .forEach(panel -> {
            int last = Math.min(out, (panel + 1) * ROWS);
            float[] values = new float[Math.toIntExact(code.k())];
            for (int row = panel * ROWS; row < last; row++) {
              sums.setAtIndex(JAVA_FLOAT, row, dot(row, values, input) + shift[row]);
            }
          });
      return scope.keep(output.to(narrow.scalar_type()));
    }
  }

  private float dot(int row, float[] values, float[] input) {
    load(starts[row], Math.toIntExact(starts[row + 1] - starts[row]), values);
    MemorySegment mask = NativeMemory.bytes(code.mask());
    int bytes = Math.toIntExact(SparseCode.rowBytes(code.k()));
    float sum = 0;
    int next = 0;
    for (int i = 0; i < bytes; i++) {
      int bits = mask.get(JAVA_BYTE, (long) row * bytes + i) & 0xff;
      for (; bits != 0; bits &= bits - 1) {
        sum += values[next++] * input[8 * i + Integer.numberOfTrailingZeros(bits)];
      }
    }
    return sum;
  }

  /** Values as floats. */
  private void load(long from, int count, float[] into) {
    MemorySegment stored = NativeMemory.bytes(code.values());
    switch (Dtype.of(code.values())) {
      case F32 -> MemorySegment.copy(stored, JAVA_FLOAT, from * Float.BYTES, into, 0, count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          into[i] = Float.float16ToFloat(stored.getAtIndex(JAVA_SHORT, from + i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          into[i] = Float.intBitsToFloat(stored.getAtIndex(JAVA_SHORT, from + i) << 16);
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          into[i] = (float) stored.getAtIndex(JAVA_DOUBLE, from + i);
        }
      }
    }
  }

  private static float[] floats(Tensor vector) {
    try (var _ = TensorScope.open()) {
      return NativeMemory.bytes(vector.to(ScalarType.Float).contiguous()).toArray(JAVA_FLOAT);
    }
  }

  @Override
  public Optional<Weight> stored() {
    return Optional.ofNullable(dictionary)
        .flatMap(Product::stored)
        .flatMap(atoms ->
            StoredWeights.plain(code.values())
                .map(values ->
                    new Weight.Sparse(
                        atoms,
                        values,
                        Math.toIntExact(code.out()),
                        NativeMemory.bytes(code.mask()))));
  }

  @Override
  public void close() {
    if (dictionary != null) {
      dictionary.close();
    }
    code.values().close();
    code.mask().close();
  }
}
