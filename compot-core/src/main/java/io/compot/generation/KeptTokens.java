package io.compot.generation;

import java.util.Arrays;

/**
 * The tokens that are still to choose from; a score of minus infinity has fallen out. Sorts
 * primitive values, and of those only the ones that can matter: vocabularies are large and this
 * happens for each token.
 */
final class KeptTokens {

  private static final double OUT = Double.NEGATIVE_INFINITY;

  private final double[] scores;

  KeptTokens(double[] scores) {
    this.scores = scores;
  }

  /** Keeps the k highest scores, and all that equal the last of them. */
  void topK(int k) {
    if (k < scores.length) {
      keepFrom(Selection.largest(scores.clone(), k));
    }
  }

  private void keepFrom(double threshold) {
    for (int token = 0; token < scores.length; token++) {
      if (scores[token] < threshold) {
        scores[token] = OUT;
      }
    }
  }

  /**
   * Lets the least likely tokens fall out as long as their probability together is at most 1 - p.
   */
  void topP(double p) {
    double[] probabilities = probabilities();
    double tail = 1 - p;
    // So unlikely tokens are in the tail even if all were that likely.
    double unlikely = tail / probabilities.length;
    double[] candidates = new double[probabilities.length];
    int count = 0;
    double below = 0;
    for (double probability : probabilities) {
      if (probability > unlikely) {
        candidates[count++] = probability;
      } else {
        below += probability;
      }
    }
    Arrays.sort(candidates, 0, count);
    int first = 0;
    for (double sum = below + candidates[0];
        first < count - 1 && sum <= tail;
        sum += candidates[first]) {
      first++;
    }
    keepLikely(probabilities, candidates, first, count);
  }

  /** Of tokens as likely as the least likely that stays, the ones with the lower ids stay. */
  private void keepLikely(double[] probabilities, double[] sorted, int first, int count) {
    double least = sorted[first];
    int ties = 0;
    for (int i = first; i < count && sorted[i] == least; i++) {
      ties++;
    }
    for (int token = 0; token < scores.length; token++) {
      boolean stays = probabilities[token] > least || (probabilities[token] == least && ties-- > 0);
      scores[token] = stays ? scores[token] : OUT;
    }
  }

  /** Keeps what is at least so likely as a share of the most likely token. */
  void minP(double share) {
    double largest = largest();
    for (int token = 0; token < scores.length; token++) {
      if (Math.exp(scores[token] - largest) < share) {
        scores[token] = OUT;
      }
    }
  }

  /** Keeps those whose surprise is nearest to the entropy, until their probability reaches p. */
  void typical(double p) {
    double[] probabilities = probabilities();
    double entropy = 0;
    for (double probability : probabilities) {
      entropy -= probability > 0 ? probability * Math.log(probability) : 0;
    }
    double[] distance = new double[scores.length];
    for (int token = 0; token < scores.length; token++) {
      distance[token] = Math.abs(-Math.log(probabilities[token]) - entropy);
    }
    int[] order = Selection.ascending(distance);
    int last = 0;
    double sum = 0;
    for (int token : order) {
      sum += probabilities[token];
      if (sum >= p) {
        break;
      }
      last++;
    }
    double farthest = distance[order[Math.min(last, order.length - 1)]];
    for (int token = 0; token < scores.length; token++) {
      if (distance[token] > farthest) {
        scores[token] = OUT;
      }
    }
  }

  /** What is left, with probabilities that sum to 1. */
  Distribution distribution() {
    double largest = largest();
    int[] tokens = new int[scores.length];
    double[] weights = new double[scores.length];
    int count = 0;
    double sum = 0;
    for (int token = 0; token < scores.length; token++) {
      double weight = Math.exp(scores[token] - largest);
      if (weight > 0) {
        tokens[count] = token;
        weights[count++] = weight;
        sum += weight;
      }
    }
    double[] probabilities = Arrays.copyOf(weights, count);
    for (int i = 0; i < count; i++) {
      probabilities[i] /= sum;
    }
    return new Distribution(Arrays.copyOf(tokens, count), probabilities);
  }

  private double[] probabilities() {
    double largest = largest();
    double[] weights = new double[scores.length];
    double sum = 0;
    for (int token = 0; token < scores.length; token++) {
      weights[token] = Math.exp(scores[token] - largest);
      sum += weights[token];
    }
    for (int token = 0; token < scores.length; token++) {
      weights[token] /= sum;
    }
    return weights;
  }

  private double largest() {
    double largest = OUT;
    for (double score : scores) {
      largest = Math.max(largest, score);
    }
    return largest;
  }
}
