package io.compot.comparison;

import io.compot.error.CompotException;
import io.compot.evaluation.fidelity.HeldOutReport;
import io.compot.plan.PlannedProjection;
import io.compot.result.CompressionReport;
import io.compot.result.LayerReport;
import java.nio.file.Path;
import java.util.Map;

/** Rows out of what was measured. */
final class MeasuredRow {

  private MeasuredRow() {}

  /**
   * The original's.
   *
   * @param bits a weight of the projections
   */
  static ComparisonRow original(ComparedModel model, ComparedOriginal original, double bits)
      throws CompotException {
    StoredSize size = StoredSize.of(model.folder());
    HeldOutReport dense = original.report();
    return new ComparisonRow(
        model.name(),
        ComparisonRow.ORIGINAL,
        "",
        "",
        "",
        "",
        0,
        0,
        bits,
        size.tensors() * Byte.SIZE,
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
        0,
        TaskFigure.of(original.tasks()),
        original.sample().text(),
        original.sample().tokensPerSecond());
  }

  /** The original's bits a weight of the projections that were chosen. */
  static double bits(CompressionReport report) {
    return report.bits().projections().before() / (double) weights(report);
  }

  /** A cell's. */
  static ComparisonRow of(
      Cell cell,
      CompressionReport report,
      StoredSize size,
      MeasuredModel found,
      HeldOutReport dense) {
    Map<String, Double> stages = report.run().secondsByStage();
    double calibration = stages.getOrDefault("calibrate", 0.0);
    double profile = stages.getOrDefault("profile", 0.0);
    return new ComparisonRow(
        cell.model(),
        cell.method(),
        cell.words(),
        cell.allocation(),
        cell.asked().setting(),
        cell.asked().value(),
        cell.asked().ratio(),
        report.ratio().achieved(),
        report.bits().projections().after() / (double) weights(report),
        report.bits().model().after(),
        size.tensors(),
        size.files(),
        found.heldOut().perplexity(),
        known(found.heldOut().perplexityStandardError()),
        rise(found.heldOut(), dense),
        found.heldOut().klDivergence(),
        known(found.heldOut().klStandardError()),
        found.heldOut().topAgreement(),
        report.meanRelativeError(),
        stages.values().stream().mapToDouble(Double::doubleValue).sum() - calibration - profile,
        calibration,
        profile,
        report.layers().stream().mapToDouble(LayerReport::seconds).sum(),
        report.run().peakAnonymousBytes(),
        found.tasks(),
        found.sample().text(),
        found.sample().tokensPerSecond());
  }

  /** That of a model which was there before. */
  static ComparisonRow of(
      ComparedModel model, Path file, FoundModel there, MeasuredModel found, HeldOutReport dense) {
    return new ComparisonRow(
        model.name(),
        there.name(),
        "",
        there.format(),
        ComparisonRow.FILE,
        file.toString(),
        0,
        there.removed(),
        there.bitsPerWeight(),
        there.size().tensors() * Byte.SIZE,
        there.size().tensors(),
        there.size().files(),
        found.heldOut().perplexity(),
        known(found.heldOut().perplexityStandardError()),
        rise(found.heldOut(), dense),
        found.heldOut().klDivergence(),
        known(found.heldOut().klStandardError()),
        found.heldOut().topAgreement(),
        0,
        0,
        0,
        0,
        0,
        0,
        found.tasks(),
        found.sample().text(),
        found.sample().tokensPerSecond());
  }

  private static double rise(HeldOutReport found, HeldOutReport dense) {
    return found.meanNegativeLogLikelihood() - dense.meanNegativeLogLikelihood();
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
