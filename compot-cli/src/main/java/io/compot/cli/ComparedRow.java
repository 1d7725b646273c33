package io.compot.cli;

import java.util.List;

/**
 * One model in a comparison.
 *
 * @param method name, or {@link #ORIGINAL}
 * @param allocation name; empty for the original
 * @param ratio fraction of bits asked to be removed from the projections; 0 for the original
 * @param achieved fraction removed
 * @param bitsPerWeight real bits on disk of the chosen projections, masks included, for each of
 *     their weights
 * @param modelBytes of all tensors
 * @param error mean relative error of the factorised projections
 * @param perplexity token perplexity
 * @param seconds that the compression took
 */
record ComparedRow(
    String method,
    String allocation,
    double ratio,
    double achieved,
    double bitsPerWeight,
    long modelBytes,
    double error,
    double perplexity,
    double seconds) {

  static final String ORIGINAL = "original";

  static final List<String> HEADINGS =
      List.of(
          "method",
          "allocation",
          "ratio",
          "achieved",
          "bits_per_weight",
          "model_bytes",
          "mean_relative_error",
          "perplexity",
          "seconds");

  boolean original() {
    return method.equals(ORIGINAL);
  }

  /** The name of its line in the picture. */
  String line() {
    return allocation.equals("uniform") ? method : method + ", " + allocation;
  }

  /** One line of a CSV file; no value needs quotes. */
  String csv() {
    return String.join(
        ",",
        method,
        allocation,
        Double.toString(ratio),
        Double.toString(achieved),
        Double.toString(bitsPerWeight),
        Long.toString(modelBytes),
        Double.toString(error),
        Double.toString(perplexity),
        Double.toString(seconds));
  }
}
