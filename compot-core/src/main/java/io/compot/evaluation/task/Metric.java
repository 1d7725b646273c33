package io.compot.evaluation.task;

import java.util.List;
import java.util.OptionalDouble;

/** What is reported of a task, with the harness's names, aggregations and standard errors. */
public enum Metric {
  /** Share of documents whose likeliest choice is the right one, or whose target is greedy. */
  ACC("acc", true),
  /** The same with log-likelihoods divided by the choice's length in characters. */
  ACC_NORM("acc_norm", true),
  /** The same with log-likelihoods divided by the choice's length in UTF-8 bytes. */
  ACC_BYTES("acc_bytes", true),
  /** exp of the mean negative log-likelihood a document. */
  PERPLEXITY("perplexity", false),
  /** exp of the negative log-likelihood a word of the original text. */
  WORD_PERPLEXITY("word_perplexity", false),
  /** exp of the negative log-likelihood a byte of the original text. */
  BYTE_PERPLEXITY("byte_perplexity", false),
  /** Negative log2-likelihood a byte of the original text. */
  BITS_PER_BYTE("bits_per_byte", false);

  private final String label;
  private final boolean higherIsBetter;

  Metric(String label, boolean higherIsBetter) {
    this.label = label;
    this.higherIsBetter = higherIsBetter;
  }

  /** The harness's name. */
  public String label() {
    return label;
  }

  /** Whether more is better. */
  public boolean higherIsBetter() {
    return higherIsBetter;
  }

  /** Whether it is a share of right documents. */
  public boolean isAccuracy() {
    return higherIsBetter;
  }

  /** The figure over all documents; for an empty list NaN. */
  public double aggregate(List<Sample> samples) {
    double sum = samples.stream().mapToDouble(Sample::value).sum();
    double weight = samples.stream().mapToDouble(Sample::weight).sum();
    double mean = sum / weight;
    return switch (this) {
      case ACC, ACC_NORM, ACC_BYTES -> mean;
      case PERPLEXITY, WORD_PERPLEXITY, BYTE_PERPLEXITY -> Math.exp(-mean);
      case BITS_PER_BYTE -> -mean / Math.log(2);
    };
  }

  /**
   * Standard error of {@link #aggregate}: of a mean in closed form, of a perplexity by bootstrap;
   * the harness gives none for weighted perplexities and for a single document.
   *
   * @param bootstrap resamples, 100000 in the harness; 0 for none
   */
  public OptionalDouble standardError(List<Sample> samples, int bootstrap) {
    if (samples.size() < 2) {
      return OptionalDouble.empty();
    }
    double[] values = samples.stream().mapToDouble(Sample::value).toArray();
    return switch (this) {
      case ACC, ACC_NORM, ACC_BYTES -> OptionalDouble.of(StandardError.ofMean(values));
      case PERPLEXITY ->
          bootstrap == 0
              ? OptionalDouble.empty()
              : OptionalDouble.of(StandardError.ofPerplexity(values, bootstrap));
      case WORD_PERPLEXITY, BYTE_PERPLEXITY, BITS_PER_BYTE -> OptionalDouble.empty();
    };
  }
}
