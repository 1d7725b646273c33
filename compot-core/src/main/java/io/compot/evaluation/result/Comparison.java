package io.compot.evaluation.result;

import io.compot.error.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two measurements of one figure, paired over documents.
 *
 * @param first value of the first file
 * @param second value of the second file
 * @param difference second minus first
 * @param standardError of the difference, from the differences document by document; null where the
 *     files hold no documents
 * @param incomparable why the difference means nothing (the field of the protocol in which the two
 *     differ, and what the files say there), or null
 */
public record Comparison(
    String name,
    String metric,
    double first,
    double second,
    double difference,
    @Nullable Double standardError,
    boolean higherIsBetter,
    @Nullable String incomparable) {

  /** Two-sided 95 % quantile of the normal distribution. */
  private static final double QUANTILE = 1.96;

  /** Whether the difference is more than noise at 95 %; false where that is not known. */
  public boolean significant() {
    return incomparable == null
        && standardError != null
        && Math.abs(difference) > QUANTILE * standardError;
  }

  /**
   * All figures that two results files have in common, in the order of the first.
   *
   * @throws InputException where one is no results file, or they have no figure in common, or no
   *     figure that was measured the same way
   */
  public static List<Comparison> of(Path first, Path second) throws InputException {
    List<StoredFigure> others = ResultsFile.read(second);
    List<Comparison> comparisons = new ArrayList<>();
    for (StoredFigure one : ResultsFile.read(first)) {
      for (StoredFigure other : others) {
        if (one.name().equals(other.name()) && one.metric().equals(other.metric())) {
          comparisons.add(of(one, other));
        }
      }
    }
    if (comparisons.isEmpty()) {
      throw InputException.in(
          second, "it has no figure in common with " + first, "measure the same tasks");
    }
    Comparison one = comparisons.getFirst();
    if (comparisons.stream().allMatch(each -> each.incomparable() != null)) {
      throw InputException.in(
          second,
          "%s %s: not measured as in %s (%s)"
              .formatted(one.name(), one.metric(), first, one.incomparable()),
          "measure both in the same way");
    }
    return comparisons;
  }

  private static Comparison of(StoredFigure one, StoredFigure other) {
    String differs = one.difference(other);
    boolean paired = differs.isEmpty() && one.samples().length > 1;
    return new Comparison(
        one.name(),
        one.metric(),
        one.value(),
        other.value(),
        other.value() - one.value(),
        paired ? standardError(one, other) : null,
        one.higherIsBetter(),
        differs.isEmpty() ? null : differs);
  }

  /**
   * Every metric is g(Σv / Σw): the ratio's error follows from the residuals of the paired
   * differences d − R w (Cochran, Sampling Techniques, 6.4), the metric's by the slope of g.
   */
  private static double standardError(StoredFigure one, StoredFigure other) {
    int count = one.samples().length;
    double[] differences = new double[count];
    double sum = 0;
    double weight = 0;
    for (int i = 0; i < count; i++) {
      differences[i] = other.samples()[i] - one.samples()[i];
      sum += differences[i];
      weight += one.weights()[i];
    }
    double ratio = sum / weight;
    double squares = 0;
    for (int i = 0; i < count; i++) {
      double residual = differences[i] - ratio * one.weights()[i];
      squares += residual * residual;
    }
    double error = Math.sqrt(squares * count / (count - 1)) / weight;
    return switch (one.metric()) {
      case "token_perplexity", "perplexity", "word_perplexity", "byte_perplexity" ->
          error * Math.sqrt(one.value() * other.value());
      case "bits_per_byte" -> error / Math.log(2);
      default -> error;
    };
  }
}
