package io.compot.kernel;

/** What a thread needs beside a row on a grid. */
final class RowRoom {

  private final float[] factors;
  private final float[] origins;
  private final int[] words = new int[2 * Lanes.COUNT];

  RowRoom(GroupScales scales) {
    this.factors = new float[scales.room()];
    this.origins = new float[scales.room()];
  }

  /** s·2^width of each group. */
  float[] factors() {
    return factors;
  }

  /** u of each group. */
  float[] origins() {
    return origins;
  }

  /** Room for two words of each lane. */
  int[] words() {
    return words;
  }
}
