package io.compot.decode;

import java.util.List;

/** Cosines and sines of the positions of one step, for all kinds of angles that a model has. */
final class Turns {

  private final List<Angles> kinds;
  private final float[][][] cos;
  private final float[][][] sin;

  /**
   * @param cos [kind][row][pair]
   */
  Turns(List<Angles> kinds, float[][][] cos, float[][][] sin) {
    this.kinds = kinds;
    this.cos = cos;
    this.sin = sin;
  }

  /** See the constructor. */
  List<Angles> kinds() {
    return kinds;
  }

  /** See the constructor. */
  float[][][] cos() {
    return cos;
  }

  /** See the constructor. */
  float[][][] sin() {
    return sin;
  }

  static Turns of(List<Angles> kinds, int[] positions) {
    var cos = new float[kinds.size()][positions.length][];
    var sin = new float[kinds.size()][positions.length][];
    for (int kind = 0; kind < kinds.size(); kind++) {
      for (int row = 0; row < positions.length; row++) {
        cos[kind][row] = new float[kinds.get(kind).pairs()];
        sin[kind][row] = new float[kinds.get(kind).pairs()];
        kinds.get(kind).at(positions[row], cos[kind][row], sin[kind][row]);
      }
    }
    return new Turns(kinds, cos, sin);
  }

  /** Turns the heads of a row in place; they begin at {@code at}. */
  void turn(Angles angles, int row, float[] x, int at, int heads, int headDim) {
    int kind = kinds.indexOf(angles);
    float[] c = cos[kind][row];
    float[] s = sin[kind][row];
    int pairs = c.length;
    for (int head = 0; head < heads; head++) {
      int from = at + head * headDim;
      for (int i = 0; i < pairs; i++) {
        float one = x[from + i];
        float two = x[from + pairs + i];
        x[from + i] = one * c[i] - two * s[i];
        x[from + pairs + i] = two * c[i] + one * s[i];
      }
    }
  }
}
