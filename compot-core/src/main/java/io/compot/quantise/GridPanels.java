package io.compot.quantise;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.compot.tensor.NativeMemory;
import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.Tensor;

/**
 * Rounds blocks of columns in panels of rows. Columns are contiguous, so that the loops run over
 * rows and are turned into vector instructions; a panel's block fits into a cache.
 */
final class GridPanels {

  private static final int ROWS = 256;

  private final FittedGrid fitted;
  private final int out;
  private final int group;
  private final long[] order;
  private final MemorySegment weights;
  private final MemorySegment errors;
  private final MemorySegment codes;
  private final MemorySegment scales;
  private final MemorySegment zeros;

  /**
   * All of [in, out] and contiguous; the tensors must outlive this object.
   *
   * @param group columns that share one row of the fitted scales
   * @param ordered the weights in the feedback's order, F32
   * @param errors what is left after rounding in the same order, F32, to be filled
   * @param codes in the original order, U8, to be filled
   */
  GridPanels(
      Feedback feedback,
      FittedGrid fitted,
      int group,
      Tensor ordered,
      Tensor errors,
      Tensor codes) {
    this.fitted = fitted;
    this.out = Math.toIntExact(ordered.size(1));
    this.group = group;
    this.order = NativeMemory.bytes(feedback.order()).toArray(JAVA_LONG);
    this.weights = NativeMemory.bytes(ordered);
    this.errors = NativeMemory.bytes(errors);
    this.codes = NativeMemory.bytes(codes);
    this.scales = NativeMemory.bytes(fitted.scales());
    this.zeros = NativeMemory.bytes(fitted.zeros());
  }

  /**
   * Rounds the columns from place {@code from}.
   *
   * @param targets [count, out], contiguous F32
   * @param within the feedback among them, [count, count], contiguous F32
   */
  void round(Tensor targets, Tensor within, int from) {
    int count = Math.toIntExact(targets.size(0));
    float[] upper = NativeMemory.bytes(within).toArray(JAVA_FLOAT);
    MemorySegment wanted = NativeMemory.bytes(targets);
    Gptq.forPanels(out, ROWS, (first, rows) -> panel(wanted, upper, from, count, first, rows));
  }

  private void panel(
      MemorySegment wanted, float[] upper, int from, int count, int first, int rows) {
    float[][] target = new float[count][rows];
    for (int j = 0; j < count; j++) {
      MemorySegment.copy(wanted, JAVA_FLOAT, at(j, first) * 4, target[j], 0, rows);
    }
    float[] weight = new float[rows];
    float[] scale = new float[rows];
    float[] zero = new float[rows];
    float[] error = new float[rows];
    byte[] code = new byte[rows];
    for (int j = 0; j < count; j++) {
      int column = (int) order[from + j];
      MemorySegment.copy(weights, JAVA_FLOAT, at(from + j, first) * 4, weight, 0, rows);
      MemorySegment.copy(scales, JAVA_FLOAT, at(column / group, first) * 4, scale, 0, rows);
      MemorySegment.copy(zeros, JAVA_FLOAT, at(column / group, first) * 4, zero, 0, rows);
      nearest(target[j], weight, scale, zero, fitted.grid().middle(), error, code);
      for (int k = j + 1; k < count; k++) {
        add(target[k], error, upper[j * count + k]);
      }
      MemorySegment.copy(error, 0, errors, JAVA_FLOAT, at(from + j, first) * 4, rows);
      MemorySegment.copy(code, 0, codes, JAVA_BYTE, at(column, first), rows);
    }
  }

  private long at(int column, int row) {
    return (long) column * out + row;
  }

  private static void nearest(
      float[] target,
      float[] weight,
      float[] scale,
      float[] zero,
      float middle,
      float[] error,
      byte[] code) {
    for (int r = 0; r < target.length; r++) {
      // Far outside the grid the sum has no digits left for rounding, but is clipped anyway.
      float centre = zero[r] - middle;
      float position = target[r] / scale[r] + centre + RangeSearch.ROUND - RangeSearch.ROUND;
      float clipped = Math.min(Math.max(position, -middle), middle - 1);
      error[r] = weight[r] - scale[r] * (clipped - centre);
      code[r] = (byte) (int) (clipped + middle);
    }
  }

  /** sum += factor · error. */
  static void add(float[] sum, float[] error, float factor) {
    for (int r = 0; r < sum.length; r++) {
      sum[r] += factor * error[r];
    }
  }
}
