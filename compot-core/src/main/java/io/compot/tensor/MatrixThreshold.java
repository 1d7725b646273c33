package io.compot.tensor;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * The entries of largest magnitude of a whole matrix, at least one in each row, all others set to
 * zero: {@link HardThreshold} with one budget for all rows, so that rows that need more entries get
 * them from rows that need fewer.
 *
 * <p>Each row's largest entry is kept first; the rest of the budget goes to the largest of all
 * other entries. Of equal magnitudes the lower index wins. Zeros inside the support are −0.0, as in
 * {@link HardThreshold}.
 */
public final class MatrixThreshold {

  private static final int MAGNITUDE = 0x7fffffff;
  private static final int NEGATIVE_ZERO = 0x80000000;
  private static final int ROWS_A_TASK = 64;

  private final MemorySegment entries;
  private final long rows;
  private final int columns;
  private final int tasks;
  private final int[] largest;

  private MatrixThreshold(Tensor matrix) {
    this.entries = NativeMemory.bytes(matrix);
    this.rows = matrix.size(0);
    this.columns = Math.toIntExact(matrix.size(1));
    this.tasks = Math.toIntExact((rows + ROWS_A_TASK - 1) / ROWS_A_TASK);
    this.largest = new int[Math.toIntExact(rows)];
  }

  /**
   * Thresholds in place.
   *
   * @param matrix [n, k], contiguous F32 on the CPU
   * @param nonzeros entries to keep, n..n·k
   * @return the energy kept: the sum of squares of the result
   */
  public static double keepLargest(Tensor matrix, long nonzeros) {
    if (Dtype.of(matrix) != Dtype.F32
        || nonzeros < matrix.size(0)
        || nonzeros > matrix.size(0) * matrix.size(1)) {
      throw new IllegalArgumentException(
          "keep %d of %d x %d in a %s"
              .formatted(nonzeros, matrix.size(0), matrix.size(1), Dtype.of(matrix)));
    }
    return new MatrixThreshold(matrix).apply(nonzeros);
  }

  private double apply(long nonzeros) {
    forRows((_, row) -> largest[row] = indexOfLargest(row));
    long wanted = nonzeros - rows;
    int threshold = threshold(wanted);
    long[] equal = new long[tasks];
    long[] above = new long[tasks];
    forRows((task, row) -> {
      for (int i = 0; i < columns; i++) {
        int magnitude = at(row, i) & MAGNITUDE;
        if (i != largest[row]) {
          above[task] += magnitude > threshold ? 1 : 0;
          equal[task] += magnitude == threshold ? 1 : 0;
        }
      }
    });
    long ties = wanted - Arrays.stream(above).sum();
    long[] allowed = new long[tasks];
    for (int task = 0; task < tasks; task++) {
      allowed[task] = Math.clamp(ties, 0, equal[task]);
      ties -= allowed[task];
    }
    double[] energy = new double[tasks];
    forRows((task, row) -> {
      for (int i = 0; i < columns; i++) {
        int bits = at(row, i);
        int magnitude = bits & MAGNITUDE;
        boolean kept = i == largest[row] || magnitude > threshold;
        if (!kept && magnitude == threshold && allowed[task] > 0) {
          allowed[task]--;
          kept = true;
        }
        double value = kept ? Float.intBitsToFloat(bits) : 0;
        energy[task] += value * value;
        set(row, i, !kept ? 0 : magnitude == 0 ? NEGATIVE_ZERO : bits);
      }
    });
    return Arrays.stream(energy).sum();
  }

  private int indexOfLargest(int row) {
    int best = 0;
    for (int i = 1; i < columns; i++) {
      best = (at(row, i) & MAGNITUDE) > (at(row, best) & MAGNITUDE) ? i : best;
    }
    return best;
  }

  /** The bits of the wanted-th largest magnitude outside the rows' largest; the top for none. */
  private int threshold(long wanted) {
    if (wanted == 0) {
      return MAGNITUDE;
    }
    int prefix = 0;
    long left = wanted;
    // 11 bits, then 10 and 10: all 31 of a magnitude.
    for (int shift = 20, width = 11; shift >= 0; shift -= 10, width = 10) {
      long[] counts = histogram(prefix, shift, width);
      int bin = counts.length - 1;
      while (counts[bin] < left) {
        left -= counts[bin--];
      }
      prefix |= bin << shift;
    }
    return prefix;
  }

  /** How often each value of some bits occurs among magnitudes that share the bits above them. */
  private long[] histogram(int prefix, int shift, int width) {
    int[][] parts = new int[tasks][1 << width];
    int low = (1 << width) - 1;
    int above = shift + width;
    forRows((task, row) -> {
      int[] counts = parts[task];
      for (int i = 0; i < columns; i++) {
        int magnitude = at(row, i) & MAGNITUDE;
        if (i != largest[row] && magnitude >>> above == prefix >>> above) {
          counts[magnitude >>> shift & low]++;
        }
      }
    });
    long[] total = new long[1 << width];
    for (int[] counts : parts) {
      for (int i = 0; i < counts.length; i++) {
        total[i] += counts[i];
      }
    }
    return total;
  }

  private interface RowWork {
    void on(int task, int row);
  }

  private void forRows(RowWork work) {
    IntStream.range(0, tasks)
        .parallel()
        .forEach(task -> {
          int last = (int) Math.min(rows, (task + 1L) * ROWS_A_TASK);
          for (int row = task * ROWS_A_TASK; row < last; row++) {
            work.on(task, row);
          }
        });
  }

  private int at(long row, int column) {
    return entries.get(JAVA_INT, (row * columns + column) * Integer.BYTES);
  }

  private void set(long row, int column, int bits) {
    entries.set(JAVA_INT, (row * columns + column) * Integer.BYTES, bits);
  }
}
