package io.compot.evaluation;

import java.util.List;

/**
 * A token perplexity and how it was measured.
 *
 * @param value exp of the mean negative log-likelihood a scored token
 * @param meanNegativeLogLikelihood in nats
 * @param seconds of the forward passes
 * @param windowLogLikelihoods mean log-likelihood a scored token of each window, in order, in nats
 */
public record Perplexity(
    double value,
    double meanNegativeLogLikelihood,
    double seconds,
    PerplexityProtocol protocol,
    List<Double> windowLogLikelihoods) {

  public Perplexity {
    windowLogLikelihoods = List.copyOf(windowLogLikelihoods);
  }

  /**
   * Standard error of the value over windows, by the slope of exp; NaN for a single window. Windows
   * beside each other are of one text, so it is rather too small.
   */
  public double standardError() {
    int count = windowLogLikelihoods.size();
    double squares = 0;
    for (double each : windowLogLikelihoods) {
      double residual = each + meanNegativeLogLikelihood;
      squares += residual * residual;
    }
    return count < 2 ? Double.NaN : value * Math.sqrt(squares / (count - 1) / count);
  }
}
