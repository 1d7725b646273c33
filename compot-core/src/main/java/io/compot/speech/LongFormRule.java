package io.compot.speech;

import java.util.List;

/**
 * When a text of a window will not do, and what is done then.
 *
 * @param temperatures at which it is tried, one after the other
 * @param mostRepetition more is a text that repeats itself
 * @param leastLikelihood a token's mean log-likelihood, in nats; less is a text that was guessed
 * @param mostSilence likelihood that nobody speaks, above which an unlikely text is none
 * @param condition whether a window is told what was said before
 */
public record LongFormRule(
    List<Double> temperatures,
    double mostRepetition,
    double leastLikelihood,
    double mostSilence,
    boolean condition) {

  /** From this temperature on a text is no example for the next window. */
  static final double DRAWN_FREELY = 0.5;

  public LongFormRule {
    temperatures = List.copyOf(temperatures);
  }

  /** OpenAI's, with transformers' measure of repetition, which is of tokens. */
  public static LongFormRule published() {
    return new LongFormRule(List.of(0.0, 0.2, 0.4, 0.6, 0.8, 1.0), 1.35, -1, 0.6, true);
  }

  /** The same, where windows are told what was said before, or not. */
  public LongFormRule withCondition(boolean newCondition) {
    return new LongFormRule(
        temperatures, mostRepetition, leastLikelihood, mostSilence, newCondition);
  }

  /** Whether a text is to be tried at the next temperature. */
  boolean fails(Decoded decoded) {
    return !silent(decoded)
        && (decoded.repetition() > mostRepetition || decoded.logLikelihood() < leastLikelihood);
  }

  /** Whether nobody speaks. */
  boolean silent(Decoded decoded) {
    return decoded.logLikelihood() < leastLikelihood && decoded.silence() > mostSilence;
  }
}
