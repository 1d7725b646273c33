package io.compot.quantise;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A matrix by its columns, so that what is done to all rows alike runs along memory. */
final class Columns {

  /** Rows and columns that are turned while they lie in a cache; a line of memory has 16. */
  private static final int TILE = 64;

  private Columns() {}

  /**
   * The transposed matrix, turned on all threads (libtorch uses one).
   *
   * @param weight [out, in], any floating type
   * @return [in, out], contiguous F32, in the caller's scope
   */
  static Tensor of(Tensor weight) {
    try (var scope = TensorScope.open()) {
      Tensor rows = weight.to(ScalarType.Float).contiguous();
      int out = Math.toIntExact(rows.size(0));
      int in = Math.toIntExact(rows.size(1));
      Tensor columns = NativeMemory.empty(Dtype.F32, in, out);
      MemorySegment from = NativeMemory.bytes(rows);
      MemorySegment to = NativeMemory.bytes(columns);
      Gptq.forPanels(out, TILE, (first, count) -> turn(from, to, out, in, first, count));
      return scope.keep(columns);
    }
  }

  private static void turn(
      MemorySegment from, MemorySegment to, int out, int in, int first, int count) {
    float[] tile = new float[TILE * TILE];
    float[] column = new float[TILE];
    for (int left = 0; left < in; left += TILE) {
      int width = Math.min(TILE, in - left);
      for (int r = 0; r < count; r++) {
        long at = ((long) (first + r) * in + left) * Float.BYTES;
        MemorySegment.copy(from, JAVA_FLOAT, at, tile, r * TILE, width);
      }
      for (int j = 0; j < width; j++) {
        for (int r = 0; r < count; r++) {
          column[r] = tile[r * TILE + j];
        }
        long at = ((long) (left + j) * out + first) * Float.BYTES;
        MemorySegment.copy(column, 0, to, JAVA_FLOAT, at, count);
      }
    }
  }
}
