package io.compot.kernel;

/**
 * A product with a weight, made ready: phases of which each is shared by the threads of a team,
 * with a little that one thread does before and behind them.
 */
abstract class Operation {

  private final int out;

  Operation(int out) {
    this.out = out;
  }

  /** Rows. */
  final int out() {
    return out;
  }

  /** How many phases there are. */
  int phases() {
    return 1;
  }

  /**
   * What one thread does before a phase.
   *
   * @param x the vectors, which stay as they are until the phase is done
   */
  abstract void before(int phase, Vectors x);

  /**
   * One thread's part of a phase.
   *
   * @param y takes the products, one behind the other
   */
  abstract void part(int phase, int part, int parts, int count, float[] y);

  /** What one thread does behind the last phase. */
  void after(int count, float[] y) {}

  /** Where a part of so many things begins. */
  static int begin(int part, int parts, int things) {
    return (int) ((long) things * part / parts);
  }

  /** An array of at least that length. */
  static float[] roomy(float[] held, int length) {
    return held.length >= length ? held : new float[length];
  }
}
