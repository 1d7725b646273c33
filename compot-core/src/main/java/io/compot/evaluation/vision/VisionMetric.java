package io.compot.evaluation.vision;

import io.compot.evaluation.task.StandardError;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * A figure over the verdicts of a task.
 *
 * @param label its name, under which answers have verdicts
 * @param kind how they are put together
 */
record VisionMetric(String label, Kind kind) {

  /** Rows that OCRBench has, by which its sum is divided whatever is measured. */
  private static final int OCRBENCH_ROWS = 1000;

  /** How verdicts are put together. */
  enum Kind {
    /** The mean. */
    MEAN,
    /** The mean of the parts' means. */
    MEAN_OF_PARTS,
    /** The mean, rounded to five places. */
    MEAN_OF_FIVE_PLACES,
    /** The sum by a thousand. */
    OF_A_THOUSAND
  }

  /** The figure; not a number where there is no verdict. */
  double of(List<VisionItem.Verdict> verdicts) {
    double sum = verdicts.stream().mapToDouble(VisionItem.Verdict::score).sum();
    return switch (kind) {
      case MEAN -> sum / verdicts.size();
      case MEAN_OF_FIVE_PLACES ->
          new BigDecimal(sum / verdicts.size()).setScale(5, RoundingMode.HALF_EVEN).doubleValue();
      case OF_A_THOUSAND -> sum / OCRBENCH_ROWS;
      case MEAN_OF_PARTS ->
          parts(verdicts).values().stream()
              .mapToDouble(
                  part -> part.stream().mapToDouble(VisionItem.Verdict::score).sum() / part.size())
              .average()
              .orElse(Double.NaN);
    };
  }

  /** Its standard error, where every part has two verdicts at least. */
  OptionalDouble error(List<VisionItem.Verdict> verdicts) {
    if (kind == Kind.MEAN_OF_PARTS) {
      var parts = parts(verdicts);
      double variance = 0;
      for (List<VisionItem.Verdict> part : parts.values()) {
        if (part.size() < 2) {
          return OptionalDouble.empty();
        }
        double error = StandardError.ofMean(scores(part));
        variance += error * error;
      }
      return OptionalDouble.of(Math.sqrt(variance) / parts.size());
    }
    if (verdicts.size() < 2) {
      return OptionalDouble.empty();
    }
    double error = StandardError.ofMean(scores(verdicts));
    return OptionalDouble.of(
        kind == Kind.OF_A_THOUSAND ? error * verdicts.size() / OCRBENCH_ROWS : error);
  }

  static double[] scores(List<VisionItem.Verdict> verdicts) {
    return verdicts.stream().mapToDouble(VisionItem.Verdict::score).toArray();
  }

  static Map<String, List<VisionItem.Verdict>> parts(List<VisionItem.Verdict> verdicts) {
    Map<String, List<VisionItem.Verdict>> parts = new TreeMap<>();
    verdicts.forEach(each -> parts.computeIfAbsent(each.part(), _ -> new ArrayList<>()).add(each));
    return parts;
  }
}
