package io.compot.model;

import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Chooses a token from logits: the most likely one, or one drawn from the nucleus (Holtzman et al.,
 * arXiv 1904.09751).
 */
final class Sampling {

  private final double temperature;
  private final double topP;
  private final SplittableRandom random;

  /**
   * @param temperature what logits are divided by; 0 takes the most likely token
   * @param topP probability that the nucleus reaches, in (0, 1]
   */
  Sampling(double temperature, double topP, long seed) {
    this.temperature = temperature;
    this.topP = topP;
    this.random = new SplittableRandom(seed);
  }

  /** The next token; the lower id where two are equally likely. */
  int choose(float[] logits) {
    int best = 0;
    for (int token = 1; token < logits.length; token++) {
      if (logits[token] > logits[best]) {
        best = token;
      }
    }
    return temperature == 0 ? best : draw(logits, logits[best]);
  }

  private int draw(float[] logits, double largest) {
    double[] weights = new double[logits.length];
    double sum = 0;
    for (int token = 0; token < weights.length; token++) {
      weights[token] = Math.exp((logits[token] - largest) / temperature);
      sum += weights[token];
    }
    int[] order = topP < 1 ? byWeight(weights) : IntStream.range(0, weights.length).toArray();
    double nucleus = sum;
    int kept = order.length;
    if (topP < 1) {
      nucleus = 0;
      kept = 0;
      while (kept < order.length && (kept == 0 || nucleus < topP * sum)) {
        nucleus += weights[order[kept++]];
      }
    }
    double at = random.nextDouble() * nucleus;
    for (int i = 0; i < kept; i++) {
      at -= weights[order[i]];
      if (at < 0) {
        return order[i];
      }
    }
    return order[kept - 1]; // rounding ate the rest
  }

  private static int[] byWeight(double[] weights) {
    return IntStream.range(0, weights.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer token) -> -weights[token]))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
