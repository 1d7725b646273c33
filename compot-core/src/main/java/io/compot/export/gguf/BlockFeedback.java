package io.compot.export.gguf;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.bytedeco.pytorch.global.torch.tensor;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.compot.gguf.block.BlockMatrix;
import io.compot.gguf.block.BlockType;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * GPTQ's error feedback (arXiv 2210.17323) onto llama.cpp's blocks. Scales of all blocks are fitted
 * to the original weights, each error weighed by what it costs; then columns are rounded one after
 * another near w_k + Σ_{j&lt;k} e_j R_jk/R_kk, where G = R Rᵀ with the columns in their order.
 */
final class BlockFeedback {

  /** Columns that take the errors of earlier ones at once. */
  private static final int BLOCK = 128;

  /** Rows that a thread works on. */
  private static final int PANEL = 64;

  private final BlockMatrix blocks;
  private final int[] order;
  private final Tensor upper;
  private final int rows;

  private BlockFeedback(BlockMatrix blocks, int[] order, Tensor upper, int rows) {
    this.blocks = blocks;
    this.order = order;
    this.upper = upper;
    this.rows = rows;
  }

  /**
   * Rounds a weight.
   *
   * @param weight [out, in], contiguous F32
   * @param importance what an error of each column costs when scales are fitted, [in]
   * @param order order[k] is the original column at place k
   * @param upper R_jk/R_kk for j &lt; k in that order, F32, [in, in]
   * @return the blocks, row after row
   */
  static byte[] round(
      BlockType type, Tensor weight, float[] importance, int[] order, Tensor upper) {
    int rows = Math.toIntExact(weight.size(0));
    int columns = Math.toIntExact(weight.size(1));
    var blocks = new BlockMatrix(type, rows, columns);
    MemorySegment values = NativeMemory.bytes(weight);
    IntStream.range(0, rows)
        .parallel()
        .forEach(row -> {
          float[] copy = new float[columns];
          MemorySegment.copy(values, JAVA_FLOAT, 4L * row * columns, copy, 0, columns);
          blocks.fit(row, copy, 0, importance);
        });
    new BlockFeedback(blocks, order, upper, rows).run(weight);
    return blocks.bytes();
  }

  private void run(Tensor weight) {
    int columns = order.length;
    byte[] codes = new byte[Math.multiplyExact(rows, columns)];
    try (var _ = TensorScope.open()) {
      Tensor places = tensor(order).to(ScalarType.Long);
      Tensor ordered = weight.t().contiguous().index_select(0, places);
      Tensor errors = zeros_like(ordered);
      for (int from = 0; from < columns; from += BLOCK) {
        try (var _ = TensorScope.open()) {
          int count = Math.min(BLOCK, columns - from);
          Tensor targets = ordered.narrow(0, from, count).clone();
          if (from > 0) {
            Tensor before = upper.narrow(0, 0, from).narrow(1, from, count);
            targets.addmm_(before.t(), errors.narrow(0, 0, from));
          }
          Tensor within = upper.narrow(0, from, count).narrow(1, from, count).contiguous();
          panels(targets, ordered, errors, within, from, count, codes);
        }
      }
    }
    IntStream.range(0, rows).parallel().forEach(row -> blocks.put(row, codes, row * columns));
  }

  private void panels(
      Tensor targets,
      Tensor ordered,
      Tensor errors,
      Tensor within,
      int from,
      int count,
      byte[] codes) {
    float[] factors = NativeMemory.bytes(within).toArray(JAVA_FLOAT);
    MemorySegment wanted = NativeMemory.bytes(targets);
    MemorySegment weights = NativeMemory.bytes(ordered);
    MemorySegment left = NativeMemory.bytes(errors);
    IntStream.range(0, Math.ceilDiv(rows, PANEL))
        .parallel()
        .forEach(panel -> {
          int first = panel * PANEL;
          int height = Math.min(PANEL, rows - first);
          float[][] target = new float[count][height];
          for (int k = 0; k < count; k++) {
            MemorySegment.copy(wanted, JAVA_FLOAT, at(k, first), target[k], 0, height);
          }
          float[] original = new float[height];
          float[] error = new float[height];
          for (int k = 0; k < count; k++) {
            int column = order[from + k];
            MemorySegment.copy(weights, JAVA_FLOAT, at(from + k, first), original, 0, height);
            for (int r = 0; r < height; r++) {
              int row = first + r;
              int code = blocks.code(row, column, target[k][r]);
              error[r] = original[r] - blocks.value(row, column, code);
              codes[row * order.length + column] = (byte) code;
            }
            for (int next = k + 1; next < count; next++) {
              float factor = factors[k * count + next];
              float[] sum = target[next];
              for (int r = 0; r < height; r++) {
                sum[r] += factor * error[r];
              }
            }
            MemorySegment.copy(error, 0, left, JAVA_FLOAT, at(from + k, first), height);
          }
        });
  }

  /** The place of a row in a column, in bytes. */
  private long at(int place, int row) {
    return 4L * ((long) place * rows + row);
  }
}
