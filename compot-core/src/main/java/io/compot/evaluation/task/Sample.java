package io.compot.evaluation.task;

/**
 * What one document adds to a metric.
 *
 * @param value 0 or 1 for accuracies, the log-likelihood for perplexities
 * @param weight 1, or the words or bytes of the document
 */
public record Sample(double value, double weight) {

  /** Of weight 1. */
  public static Sample of(double value) {
    return new Sample(value, 1);
  }
}
