package io.compot.result;

import io.compot.plan.BitCount;
import java.util.List;
import java.util.Map;

/**
 * What one of several steps did.
 *
 * @param step what it does, e.g. "prune"
 * @param projections bits of those that it chose, before and after it
 * @param model bits of all tensors, before and after it
 * @param settings what was asked of it, defaults filled in
 */
public record StepReport(
    String step,
    String method,
    CompressionReport.Ratio ratio,
    BitCount projections,
    BitCount model,
    List<String> notes,
    Map<String, Object> settings) {

  /** Of a step that is done. */
  public static StepReport of(String step, CompressionReport report) {
    return new StepReport(
        step,
        report.method(),
        report.ratio(),
        report.bits().projections(),
        report.bits().model(),
        report.notes(),
        report.settings());
  }
}
