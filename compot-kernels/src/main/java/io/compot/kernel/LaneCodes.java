package io.compot.kernel;

import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.F;

import jdk.incubator.vector.FloatVector;

/**
 * The order of a vector that is multiplied by codes of which each lane takes some neighbours: code
 * i of all lanes behind code i − 1, block after block, zero behind the last column; and behind them
 * the sum over each lane of each block.
 *
 * @param in columns
 * @param each codes that a lane takes in a block
 */
record LaneCodes(int in, int each) {

  /** Blocks of a row. */
  int blocks() {
    return Math.ceilDiv(in, COUNT * each);
  }

  /** Floats without the sums. */
  int codes() {
    return blocks() * COUNT * each;
  }

  /** Floats of an arranged vector. */
  int width() {
    return codes() + blocks() * COUNT;
  }

  /** Puts x, which begins at {@code from}, in order. */
  void arrange(float[] x, int from, float[] to, int at) {
    int[] places = Lanes.every(each);
    int whole = in / (COUNT * each);
    for (int block = 0; block < whole; block++) {
      block(x, from + block * COUNT * each, places, to, at, block);
    }
    if (whole < blocks()) {
      float[] rest = new float[COUNT * each];
      int done = whole * COUNT * each;
      System.arraycopy(x, from + done, rest, 0, in - done);
      block(rest, 0, places, to, at, whole);
    }
  }

  private void block(float[] x, int from, int[] places, float[] to, int at, int block) {
    FloatVector sum = FloatVector.zero(F);
    int into = at + block * COUNT * each;
    for (int code = 0; code < each; code++) {
      FloatVector values = FloatVector.fromArray(F, x, from + code, places, 0);
      values.intoArray(to, into + code * COUNT);
      sum = sum.add(values);
    }
    sum.intoArray(to, at + codes() + block * COUNT);
  }
}
