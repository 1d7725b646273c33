package io.compot.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What a thread needs beside rows on a grid: the scales of some rows, read before any of them is
 * multiplied, since what was just stored is not loaded again across the bounds of its vectors.
 */
final class RowRoom {

  /** Rows whose scales there is room for. */
  static final int ROWS = 16;

  private static final int LINE = 64;

  private final GroupScales scales;
  private final int stride;
  private final float[] factors;
  private final float[] origins;
  private final float[] totals = new float[ROWS * Lanes.COUNT];

  /** Of no use, but for the compiler to leave the reading alone. */
  int touched;

  private final int[] words = new int[2 * Lanes.COUNT];

  RowRoom(GroupScales scales) {
    this.scales = scales;
    this.stride = scales.room();
    this.factors = new float[ROWS * stride];
    this.origins = new float[ROWS * stride];
    scales.symmetric(origins);
  }

  /** Reads the scales of so many rows. */
  void read(int first, int rows) {
    for (int i = 0; i < rows; i++) {
      scales.read(first + i, factors, origins, at(i));
    }
  }

  /** Where the numbers of row {@code first + index} begin. */
  int at(int index) {
    return index * stride;
  }

  /** From one row's numbers to the next one's. */
  int stride() {
    return stride;
  }

  /** s·2^width of each group. */
  float[] factors() {
    return factors;
  }

  /** u of each group. */
  float[] origins() {
    return origins;
  }

  /**
   * Reads a byte of each line of memory in their order, which is how processors fetch ahead: the
   * rows' blocks are far from each other.
   */
  void touch(MemorySegment from, long at, long bytes) {
    int sum = 0;
    for (long place = at; place < at + bytes; place += LINE) {
      sum += from.get(ValueLayout.JAVA_BYTE, place);
    }
    touched = sum;
  }

  /** Room for a vector of sums of each row. */
  float[] totals() {
    return totals;
  }

  /** Room for two words of each lane. */
  int[] words() {
    return words;
  }
}
