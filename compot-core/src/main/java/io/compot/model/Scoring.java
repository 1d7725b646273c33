package io.compot.model;

/**
 * How much a token looks at each that it sees: softmax of softcap · tanh(scale · q·k / softcap), or
 * of scale · q·k where there is no cap.
 *
 * @param scale what products of queries and keys are multiplied by
 * @param softcap what scores stay below (Gemma 2: arXiv 2408.00118); 0 for no cap
 * @param window tokens a token sees, itself among them; {@link CausalAttention#NO_WINDOW} for all
 */
record Scoring(double scale, double softcap, long window) {

  /** The usual 1/√d, no cap. */
  static Scoring of(long headDim, long window) {
    return new Scoring(1 / Math.sqrt((double) headDim), 0, window);
  }
}
