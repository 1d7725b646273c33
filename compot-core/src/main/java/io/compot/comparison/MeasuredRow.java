package io.compot.comparison;

import io.compot.error.CompotException;
import io.compot.evaluation.fidelity.HeldOutReport;
import io.compot.plan.PlannedProjection;
import io.compot.result.CompressionReport;
import io.compot.result.LayerReport;
import java.util.Map;

/** Rows out of what was measured. */
final class MeasuredRow {

  private MeasuredRow() {}

  /** The original's. */
  static ComparisonRow original(ComparedModel model, CompressionReport report, HeldOutReport dense)
      throws CompotException {
    StoredSize size = StoredSize.of(model.folder());
    return new ComparisonRow(
        model.name(),
        ComparisonRow.ORIGINAL,
        "",
        0,
        0,
        report.bits().projections().before() / (double) weights(report),
        report.bits().model().before(),
        size.tensors(),
        size.files(),
        dense.perplexity(),
        known(dense.perplexityStandardError()),
        0,
        dense.klDivergence(),
        0,
        dense.topAgreement(),
        0,
        0,
        0,
        0,
        0,
        0);
  }

  /** A cell's. */
  static ComparisonRow of(
      Cell cell,
      CompressionReport report,
      StoredSize size,
      HeldOutReport found,
      HeldOutReport dense) {
    Map<String, Double> stages = report.run().secondsByStage();
    double calibration = stages.getOrDefault("calibrate", 0.0);
    double profile = stages.getOrDefault("profile", 0.0);
    return new ComparisonRow(
        cell.model(),
        cell.method(),
        cell.allocation(),
        cell.ratio(),
        report.ratio().achieved(),
        report.bits().projections().after() / (double) weights(report),
        report.bits().model().after(),
        size.tensors(),
        size.files(),
        found.perplexity(),
        known(found.perplexityStandardError()),
        found.meanNegativeLogLikelihood() - dense.meanNegativeLogLikelihood(),
        found.klDivergence(),
        found.klStandardError(),
        found.topAgreement(),
        report.meanRelativeError(),
        stages.values().stream().mapToDouble(Double::doubleValue).sum() - calibration - profile,
        calibration,
        profile,
        report.layers().stream().mapToDouble(LayerReport::seconds).sum(),
        report.run().peakAnonymousBytes());
  }

  /** A single window has no standard error. */
  private static double known(double error) {
    return Double.isFinite(error) ? error : 0;
  }

  private static long weights(CompressionReport report) {
    return report.plan().projections().stream()
        .filter(PlannedProjection::chosen)
        .mapToLong(projection -> projection.in() * projection.out())
        .sum();
  }
}
