package io.compot.kernel;

import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.F;

import jdk.incubator.vector.FloatVector;

/**
 * The order of a vector that is multiplied by numbers of 16 bits: of each whole vector of words
 * first those that lie in lower halves, then those in upper ones; the rest as it is.
 *
 * @param count of numbers
 */
record Halves(int count) {

  /** Numbers of a vector of words. */
  static final int BLOCK = 2 * COUNT;

  private static final int[] EVERY_SECOND = Lanes.every(2);

  /** Puts x, which begins at {@code from}, in order. */
  void arrange(float[] x, int from, float[] to, int at) {
    int whole = count - count % BLOCK;
    for (int i = 0; i < whole; i += BLOCK) {
      FloatVector.fromArray(F, x, from + i, EVERY_SECOND, 0).intoArray(to, at + i);
      FloatVector.fromArray(F, x, from + i + 1, EVERY_SECOND, 0).intoArray(to, at + i + COUNT);
    }
    System.arraycopy(x, from + whole, to, at + whole, count - whole);
  }

  /** The way back, in place. */
  void undo(float[] x, int from) {
    int whole = count - count % BLOCK;
    float[] arranged = new float[whole];
    System.arraycopy(x, from, arranged, 0, whole);
    for (int block = 0; block < whole; block += BLOCK) {
      for (int lane = 0; lane < COUNT; lane++) {
        x[from + block + 2 * lane] = arranged[block + lane];
        x[from + block + 2 * lane + 1] = arranged[block + COUNT + lane];
      }
    }
  }
}
