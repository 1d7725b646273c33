package io.compot.generation;

import java.util.SplittableRandom;

/** Chooses tokens from logits. The same seed gives the same choices. */
public final class Sampler {

  private final SamplingSettings settings;
  private final SplittableRandom random;

  /**
   * @param seed of the choices
   */
  public Sampler(SamplingSettings settings, long seed) {
    this.settings = settings;
    this.random = new SplittableRandom(seed);
  }

  /**
   * The next token; the lower id where two are equally likely and the most likely is taken.
   *
   * @param logits of all tokens; minus infinity for those that cannot be
   * @param seen tokens of prompt and text
   */
  public int choose(float[] logits, TokenCounts seen) {
    if (settings.temperature() == 0) {
      return largest(adjusted(logits, seen));
    }
    return distribution(logits, seen).at(random.nextDouble());
  }

  /** What {@link #choose} draws from where the temperature is above 0. */
  public Distribution distribution(float[] logits, TokenCounts seen) {
    double[] scores = adjusted(logits, seen);
    for (int token = 0; token < scores.length; token++) {
      scores[token] /= settings.temperature();
    }
    var kept = new KeptTokens(scores);
    if (settings.topK() > 0) {
      kept.topK(settings.topK());
    }
    if (settings.topP() < 1) {
      kept.topP(settings.topP());
    }
    if (settings.minP() > 0) {
      kept.minP(settings.minP());
    }
    if (settings.typicalP() < 1) {
      kept.typical(settings.typicalP());
    }
    return kept.distribution();
  }

  private double[] adjusted(float[] logits, TokenCounts seen) {
    double[] scores = new double[logits.length];
    for (int token = 0; token < scores.length; token++) {
      scores[token] = logits[token];
    }
    settings
        .logitBias()
        .forEach((token, bias) -> {
          if (token >= 0 && token < scores.length) {
            scores[token] += bias;
          }
        });
    if (settings.looksBack()) {
      seen.forEach(token -> {
        if (token < scores.length) {
          double score = scores[token];
          double divided =
              score < 0
                  ? score * settings.repetitionPenalty()
                  : score / settings.repetitionPenalty();
          scores[token] =
              divided - settings.presencePenalty() - settings.frequencyPenalty() * seen.of(token);
        }
      });
    }
    return scores;
  }

  private static int largest(double[] scores) {
    int best = 0;
    for (int token = 1; token < scores.length; token++) {
      if (scores[token] > scores[best]) {
        best = token;
      }
    }
    return best;
  }
}
