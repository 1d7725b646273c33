package io.compot.evaluation.task;

import io.compot.evaluation.python.PythonRandom;
import java.util.List;
import java.util.stream.IntStream;

/** Standard errors by the formulas of lm-evaluation-harness ({@code api/metrics.py}). */
public final class StandardError {

  private static final int CHUNK = 1000;

  private StandardError() {}

  /** {@code mean_stderr}: s / √n with the sample standard deviation s. */
  public static double ofMean(double[] values) {
    return deviation(values) / Math.sqrt(values.length);
  }

  /**
   * {@code bootstrap_stderr} of exp(−mean): chunks of 1000 resamples, chunk i drawn by a generator
   * seeded with i.
   */
  static double ofPerplexity(double[] values, int resamples) {
    int chunk = Math.min(CHUNK, resamples);
    double[] replicates =
        IntStream.range(0, resamples / chunk)
            .parallel()
            .mapToObj(seed -> replicates(values, seed, chunk))
            .flatMapToDouble(java.util.Arrays::stream)
            .toArray();
    return deviation(replicates);
  }

  private static double[] replicates(double[] values, int seed, int count) {
    var random = new PythonRandom(seed);
    double[] replicates = new double[count];
    for (int r = 0; r < count; r++) {
      double sum = 0;
      for (int i = 0; i < values.length; i++) {
        sum += values[random.choice(values.length)];
      }
      replicates[r] = Math.exp(-sum / values.length);
    }
    return replicates;
  }

  /** {@code pooled_sample_stderr} over the tasks of a group. */
  static double pooled(List<Double> errors, List<Integer> sizes) {
    double variance = 0;
    int total = 0;
    for (int i = 0; i < sizes.size(); i++) {
      double error = errors.get(i);
      double size = sizes.get(i);
      variance += (size - 1) * error * error * size;
      total += sizes.get(i);
    }
    return Math.sqrt(variance / (total - sizes.size()) / total);
  }

  private static double deviation(double[] values) {
    double mean = 0;
    for (double value : values) {
      mean += value / values.length;
    }
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / (values.length - 1));
  }
}
