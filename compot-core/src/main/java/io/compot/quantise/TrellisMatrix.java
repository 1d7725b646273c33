package io.compot.quantise;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * W ≈ scale · Uᵀ Q V as it is stored: Q's columns are rings of a trellis, U and V random rotations
 * of the outputs and the inputs. A product with it turns the input, multiplies by Q and turns back.
 * Owns its tensor.
 *
 * @param out rows
 * @param codes [in, words of a column], I32
 * @param scale of all values
 * @param outputs U, over the rows
 * @param inputs V, over the columns
 */
public record TrellisMatrix(
    TrellisFormat format, long out, Tensor codes, float scale, Rotation outputs, Rotation inputs)
    implements AutoCloseable {

  public TrellisMatrix {
    if (codes.size(1) != format.columnWords(out)
        || outputs.size() != out
        || inputs.size() != codes.size(0)) {
      throw new IllegalArgumentException("codes and rotations of different matrices");
    }
  }

  /** Columns. */
  public long in() {
    return codes.size(0);
  }

  /** Bits as stored: the rings, the scale, the rotations' seeds. */
  public long bits() {
    return bits(format, out, in());
  }

  /** Bits of a matrix of some shape. */
  public static long bits(TrellisFormat format, long out, long in) {
    return in * format.columnWords(out) * Integer.SIZE + Float.SIZE + 2 * Long.SIZE;
  }

  /** scale·Qᵀ, [in, out], F32, in the caller's scope. */
  Tensor turned() {
    try (var scope = TensorScope.open()) {
      int columns = Math.toIntExact(in());
      int rows = Math.toIntExact(out);
      int words = format.columnWords(out);
      float[] values = format.code().values();
      for (int i = 0; i < values.length; i++) {
        values[i] *= scale;
      }
      Tensor turned = NativeMemory.empty(Dtype.F32, columns, rows);
      MemorySegment from = NativeMemory.bytes(codes);
      MemorySegment to = NativeMemory.bytes(turned);
      IntStream.range(0, columns)
          .parallel()
          .forEach(column -> {
            int[] bits = new int[words];
            float[] decoded = new float[rows];
            MemorySegment.copy(from, JAVA_INT, (long) column * words * 4, bits, 0, words);
            for (int ring = 0; ring < format.rings(rows); ring++) {
              int at = ring * format.words(format.sequence());
              int first = ring * format.sequence();
              Rings.decode(format, values, bits, at, format.steps(rows, ring), decoded, first);
            }
            MemorySegment.copy(decoded, 0, to, JAVA_FLOAT, (long) column * rows * 4, rows);
          });
      return scope.keep(turned);
    }
  }

  /** W̃, [out, in], in the caller's scope. */
  public Tensor dense(Dtype computation) {
    try (var scope = TensorScope.open()) {
      Tensor wide = turned().to(computation.scalarType());
      return scope.keep(inputs.undo(outputs.undo(wide).t().contiguous()));
    }
  }

  /**
   * x W̃ᵀ over the last dimension: the inputs are turned, multiplied by the codes, and turned back.
   *
   * @param x [..., in]
   * @param computation type of x and of the product
   * @return in the caller's scope
   */
  public Tensor apply(Tensor x, Dtype computation) {
    try (var scope = TensorScope.open()) {
      Tensor coded = turned().to(computation.scalarType());
      return scope.keep(outputs.undo(inputs.apply(x).matmul(coded)));
    }
  }

  @Override
  public void close() {
    codes.close();
  }
}
