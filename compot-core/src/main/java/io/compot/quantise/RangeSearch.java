package io.compot.quantise;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.compot.tensor.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * The least-squares range of each group: for a series of shrunken min-max ranges the nearest codes
 * c = q − z, and for these the best scale s = Σwc / Σc², which leaves the error Σw² − (Σwc)²/Σc².
 * The range with the least error wins, the widest of equals. (llama.cpp searches so; GPTQ's own
 * search takes the range as it is.)
 *
 * <p>Works on panels of rows, whose columns are contiguous, so that every loop runs over rows and
 * is turned into vector instructions.
 */
final class RangeSearch {

  private static final int ROWS = 256;
  private static final int STEPS = 40;
  private static final double NARROWEST = 0.35;

  /** Adding and taking it away again rounds to the nearest whole number, half to even. */
  static final float ROUND = 0x1.8p23f;

  private final Grid grid;
  private final float[][] columns;
  private final float[] least = new float[ROWS];
  private final float[] most = new float[ROWS];
  private final float[] inverse = new float[ROWS];
  private final float[] zero = new float[ROWS];
  private final float[] along = new float[ROWS];
  private final float[] energy = new float[ROWS];
  private final float[] gain = new float[ROWS];
  private final float[] scale = new float[ROWS];
  private final float[] bestZero = new float[ROWS];

  private RangeSearch(Grid grid, int group) {
    this.grid = grid;
    this.columns = new float[group][ROWS];
  }

  /** Replaces scales and zero points in place. */
  static void improve(Tensor columns, FittedGrid fitted) {
    int out = Math.toIntExact(columns.size(1));
    int group = fitted.grid().groupIn(columns.size(0));
    int groups = Math.toIntExact(columns.size(0) / group);
    int panels = Math.ceilDiv(out, ROWS);
    MemorySegment weights = NativeMemory.bytes(columns);
    MemorySegment scales = NativeMemory.bytes(fitted.scales());
    MemorySegment zeros = NativeMemory.bytes(fitted.zeros());
    IntStream.range(0, panels)
        .parallel()
        .forEach(panel -> {
          var search = new RangeSearch(fitted.grid(), group);
          int from = panel * ROWS;
          int rows = Math.min(ROWS, out - from);
          for (int g = 0; g < groups; g++) {
            for (int j = 0; j < group; j++) {
              long at = ((long) g * group + j) * out + from;
              MemorySegment.copy(weights, JAVA_FLOAT, at * 4, search.columns[j], 0, rows);
            }
            long at = ((long) g * out + from) * 4;
            MemorySegment.copy(scales, JAVA_FLOAT, at, search.scale, 0, rows);
            MemorySegment.copy(zeros, JAVA_FLOAT, at, search.bestZero, 0, rows);
            search.search(rows);
            MemorySegment.copy(search.scale, 0, scales, JAVA_FLOAT, at, rows);
            MemorySegment.copy(search.bestZero, 0, zeros, JAVA_FLOAT, at, rows);
          }
        });
  }

  private void search(int rows) {
    for (int r = 0; r < rows; r++) {
      least[r] = 0;
      most[r] = 0;
      gain[r] = 0;
    }
    for (float[] column : columns) {
      for (int r = 0; r < rows; r++) {
        least[r] = Math.min(least[r], column[r]);
        most[r] = Math.max(most[r], column[r]);
      }
    }
    // A symmetric grid has a step less above zero than below.
    double widest = grid.symmetric() ? grid.top() / (grid.top() - 1.0) : 1;
    for (int step = 0; step < STEPS; step++) {
      propose(widest - (widest - NARROWEST) * step / (STEPS - 1), rows);
      for (float[] column : columns) {
        accumulate(column, inverse, zero, grid.top(), along, energy, rows);
      }
      for (int r = 0; r < rows; r++) {
        float gained = energy[r] > 0 ? along[r] * along[r] / energy[r] : 0;
        if (gained > gain[r] && along[r] > 0) {
          gain[r] = gained;
          scale[r] = along[r] / energy[r];
          bestZero[r] = zero[r];
        }
      }
    }
  }

  private void propose(double shrunk, int rows) {
    for (int r = 0; r < rows; r++) {
      double low = least[r] * shrunk;
      double high = most[r] * shrunk;
      double s =
          grid.symmetric() ? Math.max(-low, high) * 2 / grid.top() : (high - low) / grid.top();
      // Zeros, and ranges whose inverse is no number, keep the min-max grid.
      float turned = (float) (1 / s);
      inverse[r] = Float.isFinite(turned) ? turned : 0;
      zero[r] = grid.symmetric() ? grid.middle() : (float) Math.rint(-low / (s > 0 ? s : 1));
      along[r] = 0;
      energy[r] = 0;
    }
  }

  private static void accumulate(
      float[] column,
      float[] inverse,
      float[] zero,
      float top,
      float[] along,
      float[] energy,
      int rows) {
    for (int r = 0; r < rows; r++) {
      float position = column[r] * inverse[r] + zero[r] + ROUND - ROUND;
      float code = Math.min(Math.max(position, 0f), top) - zero[r];
      along[r] += column[r] * code;
      energy[r] += code * code;
    }
  }
}
