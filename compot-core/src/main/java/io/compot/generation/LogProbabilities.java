package io.compot.generation;

import java.util.ArrayList;
import java.util.List;

/**
 * Natural logarithms of the model's own probabilities: those of the logits as they are, before
 * temperature and all that follows.
 */
public final class LogProbabilities {

  private LogProbabilities() {}

  /**
   * A token and what the model gives it.
   *
   * @param logProbability natural logarithm
   */
  public record Scored(int token, double logProbability) {}

  /** Of all tokens: the logarithm of the sum of the exponentials of logits. */
  public static double normaliser(float[] logits) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      largest = Math.max(largest, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return largest + Math.log(sum);
  }

  /**
   * The most likely tokens, most likely first.
   *
   * @param normaliser of these logits
   */
  public static List<Scored> top(float[] logits, int count, double normaliser) {
    int kept = Math.min(count, logits.length);
    int[] best = new int[kept];
    int size = 0;
    for (int token = 0; token < logits.length && kept > 0; token++) {
      if (size == kept && logits[token] <= logits[best[size - 1]]) {
        continue;
      }
      int at = size < kept ? size++ : size - 1;
      for (; at > 0 && logits[best[at - 1]] < logits[token]; at--) {
        best[at] = best[at - 1];
      }
      best[at] = token;
    }
    List<Scored> top = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      top.add(new Scored(best[i], logits[best[i]] - normaliser));
    }
    return top;
  }
}
