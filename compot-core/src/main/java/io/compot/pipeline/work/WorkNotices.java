package io.compot.pipeline.work;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.SampleSource;
import io.compot.plan.PlannedProjection;
import io.compot.progress.Progress;
import io.compot.progress.Stage;
import io.compot.result.LayerReport;
import io.compot.tensor.Whitening;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What people hear of the numbers while blocks are compressed: few lines, whatever their number.
 */
final class WorkNotices {

  private final Map<String, Long> rescued = new LinkedHashMap<>();

  /** Remembers what was rescued of a projection. */
  void rescued(LayerReport report) {
    if (report.rescued() > 0) {
      rescued.put(report.name(), report.rescued());
    }
  }

  /** A Gram matrix of fewer tokens than rows is singular for sure. */
  void shortage(
      Collection<PlannedProjection> planned, @Nullable CalibrationSamples samples, Stage stage) {
    if (samples == null) {
      return;
    }
    samples.byStack().forEach((stack, source) -> shortage(of(planned, stack), source, stage));
  }

  private static List<PlannedProjection> of(Collection<PlannedProjection> planned, String stack) {
    return planned.stream().filter(each -> each.projection().stack().equals(stack)).toList();
  }

  private static void shortage(List<PlannedProjection> planned, SampleSource samples, Stage stage) {
    long tokens = samples.lengths().total();
    List<String> few =
        planned.stream().filter(p -> p.in() > tokens).map(PlannedProjection::name).toList();
    if (!few.isEmpty()) {
      long most = planned.stream().mapToLong(PlannedProjection::in).max().orElseThrow();
      long length = tokens / samples.lengths().count();
      stage.tell(
          new Progress.Notice(
              "%s: %d calibration tokens for Gram matrices of up to %d rows, which are singular and get damped; give at least %d windows (--samples) of %d tokens"
                  .formatted(
                      first(few, "projections"),
                      tokens,
                      most,
                      Math.ceilDiv(most, Math.max(1, length)),
                      length)));
    }
  }

  /** Tells what a plain Cholesky factor could not whiten, by the step that did. */
  void repairs(Map<Whitening.Step, List<String>> repaired, Stage stage) {
    repaired.forEach((step, names) -> stage.tell(new Progress.Notice(notice(step, names))));
    rescues(stage);
  }

  /** Tells of what was rescued since the last time. */
  void rescues(Stage stage) {
    if (!rescued.isEmpty()) {
      stage.tell(
          new Progress.Notice(
              "%s: %d of its atoms or ranks would not fit into the stored type as they are; their magnitude was shared out between the factors, which changes no product"
                  .formatted(
                      first(List.copyOf(rescued.keySet()), "projections"),
                      rescued.values().iterator().next())));
      rescued.clear();
    }
  }

  private static String first(List<String> names, String kind) {
    return names.size() == 1
        ? names.getFirst()
        : "%s and %d more %s".formatted(names.getFirst(), names.size() - 1, kind);
  }

  /** One line for all inputs of a block, since a mixture of experts may have hundreds. */
  private static String notice(Whitening.Step step, List<String> names) {
    String who = first(names, "inputs");
    return step == Whitening.Step.NONE
        ? "%s: no calibration token reached it, or only zeros did; factorised for the weight alone; more calibration tokens help"
            .formatted(who)
        : "%s: the Gram matrix is singular or nearly so; whitened by step '%s'; more calibration tokens help"
            .formatted(who, step.label());
  }
}
