package io.compot;

import java.util.List;

/**
 * A token and how likely the model found it, by its own probabilities: before temperature,
 * penalties and bias.
 *
 * @param token its id
 * @param logProbability natural logarithm
 * @param top the most likely tokens at its place, most likely first; they have none themselves
 */
public record TokenScore(int token, double logProbability, List<TokenScore> top) {

  public TokenScore {
    top = List.copyOf(top);
  }
}
