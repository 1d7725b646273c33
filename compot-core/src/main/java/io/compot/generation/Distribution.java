package io.compot.generation;

/** What a token is drawn from: some tokens, ascending, and their probabilities, which sum to 1. */
public final class Distribution {

  private final int[] tokens;
  private final double[] probabilities;

  /**
   * @param tokens ids, ascending
   * @param probabilities of them, sum 1
   */
  Distribution(int[] tokens, double[] probabilities) {
    this.tokens = tokens;
    this.probabilities = probabilities;
  }

  /** The ids, ascending. */
  public int[] tokens() {
    return tokens.clone();
  }

  /** The probabilities, in the order of the ids. */
  public double[] probabilities() {
    return probabilities.clone();
  }

  /**
   * The token at a place.
   *
   * @param at in [0, 1), evenly distributed
   */
  int at(double at) {
    double left = at;
    for (int i = 0; i < tokens.length; i++) {
      left -= probabilities[i];
      if (left < 0) {
        return tokens[i];
      }
    }
    return tokens[tokens.length - 1]; // rounding ate the rest
  }
}
