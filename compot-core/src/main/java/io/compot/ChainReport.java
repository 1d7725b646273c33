package io.compot;

import io.compot.plan.BitCount;
import io.compot.plan.PlannedProjection;
import io.compot.result.CompressionReport;
import io.compot.result.CompressionReport.Bits;
import io.compot.result.CompressionReport.Ratio;
import io.compot.result.CompressionReport.Run;
import io.compot.result.StepReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The report of several steps, of those of each. */
final class ChainReport {

  private ChainReport() {}

  /**
   * Of at least two steps.
   *
   * @param words what each does
   * @param reports of each, in order
   */
  static CompressionReport of(List<String> words, List<CompressionReport> reports) {
    CompressionReport first = reports.getFirst();
    CompressionReport last = reports.getLast();
    // Training packed weights changes no size: what there is of each stands in the step before.
    CompressionReport shaping =
        reports.reversed().stream()
            .filter(each -> !each.layers().isEmpty())
            .findFirst()
            .orElse(last);
    List<StepReport> steps = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("model", first.settings().getOrDefault("model", ""));
    Map<String, String> inputs = new LinkedHashMap<>();
    Map<String, Double> seconds = new LinkedHashMap<>();
    Map<String, Long> peaks = new LinkedHashMap<>();
    double journal = 0;
    long peak = 0;
    for (int i = 0; i < reports.size(); i++) {
      CompressionReport each = reports.get(i);
      String step = "%d %s".formatted(i + 1, words.get(i));
      steps.add(StepReport.of(words.get(i), each));
      notes.addAll(each.notes());
      settings.put("step " + step, each.settings().toString());
      each.run().secondsByStage().forEach((stage, took) -> seconds.put(step + ": " + stage, took));
      each.run().peakBytesByStage().forEach((stage, of) -> peaks.put(step + ": " + stage, of));
      journal += each.run().journalSeconds();
      peak = Math.max(peak, each.run().peakAnonymousBytes());
    }
    inputs.putAll(first.inputs());
    long before =
        first.plan().projections().stream().mapToLong(PlannedProjection::bitsBefore).sum();
    long after =
        shaping.plan().projections().stream().mapToLong(PlannedProjection::bitsAfter).sum();
    var projections = new BitCount(before, after);
    return new CompressionReport(
        shaping.plan(),
        String.join(" + ", reports.stream().map(CompressionReport::method).toList()),
        shaping.allocation(),
        notes,
        new Ratio(requested(reports), projections.removed()),
        new Bits(
            projections,
            new BitCount(first.bits().model().before(), last.bits().model().after()),
            shaping.bits().embeddings(),
            shaping.bits().parts()),
        null,
        null,
        null,
        shaping.curve(),
        last.training(),
        steps,
        shaping.layers(),
        shaping.dense(),
        settings,
        inputs,
        last.versions(),
        Run.ended(seconds, peaks, peak, journal));
  }

  /** What all steps together were asked to remove: each its part of what was left. */
  private static double requested(List<CompressionReport> reports) {
    double left = 1;
    for (int i = 0; i < reports.size(); i++) {
      Ratio ratio = reports.get(i).ratio();
      boolean last = i == reports.size() - 1;
      left *= 1 - (last ? ratio.requested() : ratio.achieved());
    }
    return 1 - left;
  }
}
