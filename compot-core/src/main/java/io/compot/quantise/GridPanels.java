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

  /**
   * Rows of a panel: enough that loops are not all beginning and end, and that a block of columns
   * fits into a processor's own cache; and several panels for each processor.
   */
  private static final int FEWEST = 256;

  private static final int MOST = 1024;
  private static final int EACH = 4;

  /** Columns whose errors go on together to those behind them. */
  private static final int STRIP = 8;

  private final FittedGrid fitted;
  private final int out;
  private final int group;
  private final long[] order;
  private final MemorySegment weights;
  private final MemorySegment targets;
  private final MemorySegment codes;
  private final MemorySegment scales;
  private final MemorySegment zeros;

  /**
   * All of [in, out] and contiguous; the tensors must outlive this object.
   *
   * @param group columns that share one row of the fitted scales
   * @param columns the weights in the original order, F32
   * @param targets what is to be rounded, in the feedback's order, F32; what is left after rounding
   *     takes its place
   * @param codes in the original order, U8, to be filled
   */
  GridPanels(
      Feedback feedback,
      FittedGrid fitted,
      int group,
      Tensor columns,
      Tensor targets,
      Tensor codes) {
    this.fitted = fitted;
    this.out = Math.toIntExact(columns.size(1));
    this.group = group;
    this.order = NativeMemory.bytes(feedback.order()).toArray(JAVA_LONG);
    this.weights = NativeMemory.bytes(columns);
    this.targets = NativeMemory.bytes(targets);
    this.codes = NativeMemory.bytes(codes);
    this.scales = NativeMemory.bytes(fitted.scales());
    this.zeros = NativeMemory.bytes(fitted.zeros());
  }

  /**
   * Rounds the columns from place {@code from}.
   *
   * @param within the feedback among them, [count, count], contiguous F32
   */
  void round(Tensor within, int from) {
    int count = Math.toIntExact(within.size(0));
    float[] upper = NativeMemory.bytes(within).toArray(JAVA_FLOAT);
    int processors = Runtime.getRuntime().availableProcessors();
    int most = Math.clamp(out / ((long) EACH * processors), FEWEST, MOST);
    Gptq.forPanels(out, most, (first, rows) -> panel(upper, from, count, first, rows));
  }

  private void panel(float[] upper, int from, int count, int first, int rows) {
    float[][] target = new float[count][rows];
    for (int j = 0; j < count; j++) {
      MemorySegment.copy(targets, JAVA_FLOAT, at(from + j, first) * 4, target[j], 0, rows);
    }
    float[] weight = new float[rows];
    float[] scale = new float[rows];
    float[] zero = new float[rows];
    float[][] error = new float[STRIP][rows];
    byte[] code = new byte[rows];
    for (int strip = 0; strip < count; strip += STRIP) {
      int end = Math.min(strip + STRIP, count);
      for (int j = strip; j < end; j++) {
        int column = (int) order[from + j];
        MemorySegment.copy(weights, JAVA_FLOAT, at(column, first) * 4, weight, 0, rows);
        MemorySegment.copy(scales, JAVA_FLOAT, at(column / group, first) * 4, scale, 0, rows);
        MemorySegment.copy(zeros, JAVA_FLOAT, at(column / group, first) * 4, zero, 0, rows);
        float[] left = error[j - strip];
        nearest(target[j], weight, scale, zero, fitted.grid().middle(), left, code);
        for (int k = j + 1; k < end; k++) {
          add(target[k], left, upper[j * count + k]);
        }
        MemorySegment.copy(left, 0, targets, JAVA_FLOAT, at(from + j, first) * 4, rows);
        MemorySegment.copy(code, 0, codes, JAVA_BYTE, at(column, first), rows);
      }
      for (int k = end; k < count; k++) {
        addAll(target[k], error, upper, strip * count + k, count);
      }
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

  /** sum += Σ factors[at + i·stride] · errors[i], one after another, over a whole strip. */
  private static void addAll(float[] sum, float[][] errors, float[] factors, int at, int stride) {
    float[] e0 = errors[0];
    float[] e1 = errors[1];
    float[] e2 = errors[2];
    float[] e3 = errors[3];
    float[] e4 = errors[4];
    float[] e5 = errors[5];
    float[] e6 = errors[6];
    float[] e7 = errors[7];
    float f0 = factors[at];
    float f1 = factors[at + stride];
    float f2 = factors[at + 2 * stride];
    float f3 = factors[at + 3 * stride];
    float f4 = factors[at + 4 * stride];
    float f5 = factors[at + 5 * stride];
    float f6 = factors[at + 6 * stride];
    float f7 = factors[at + 7 * stride];
    for (int r = 0; r < sum.length; r++) {
      float early = sum[r] + f0 * e0[r] + f1 * e1[r] + f2 * e2[r] + f3 * e3[r];
      sum[r] = early + f4 * e4[r] + f5 * e5[r] + f6 * e6[r] + f7 * e7[r];
    }
  }
}
