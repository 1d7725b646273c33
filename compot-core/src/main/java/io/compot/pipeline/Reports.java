package io.compot.pipeline;

import io.compot.calibration.CalibrationSamples;
import io.compot.plan.BitCount;
import io.compot.plan.Plan;
import io.compot.plan.PlannedProjection;
import io.compot.plan.PlannedTable;
import io.compot.recipe.CompressionSettings;
import io.compot.recipe.Recipe;
import io.compot.result.CompressionReport;
import io.compot.result.LayerReport;
import io.compot.result.Versions;
import io.compot.tensor.Dtype;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gathers the facts of a compression. */
public final class Reports {

  /** Settings that say nothing where there is no calibration text. */
  private static final List<String> CALIBRATION = List.of("field", "samples", "length");

  private Reports() {}

  /**
   * The report of a compression that is done.
   *
   * @param inputs digests of all that was read, by name
   */
  public static CompressionReport of(
      Path model,
      CompressionSettings settings,
      @Nullable CalibrationSamples samples,
      Dtype computation,
      Plan plan,
      List<LayerReport> layers,
      Map<String, String> inputs,
      CompressionReport.Run run) {
    return new CompressionReport(
        plan,
        plan.method(),
        plan.allocation(),
        plan.notes(),
        new CompressionReport.Ratio(plan.requestedRatio(), plan.compressed().removed()),
        new CompressionReport.Bits(
            plan.compressed(), plan.model(), embeddings(plan), parts(plan, layers)),
        null,
        null,
        null,
        plan.curve(),
        plan.training(),
        null,
        layers,
        dense(plan),
        settings(model, settings, samples, computation),
        inputs,
        Versions.all(),
        run);
  }

  /** What was asked for, with defaults filled in; paths by their last name only. */
  private static Map<String, Object> settings(
      Path model,
      CompressionSettings settings,
      @Nullable CalibrationSamples samples,
      Dtype computation) {
    var all = new LinkedHashMap<String, Object>();
    all.put("model", model.toAbsolutePath().normalize().getFileName().toString());
    all.putAll(settings.described());
    if (!settings.overrides().isEmpty()) {
      all.put("overrides", Recipe.overrides(settings));
    }
    if (samples == null) {
      CALIBRATION.forEach(all::remove);
    } else {
      all.put(
          "calibration",
          settings.calibration().stream().map(file -> file.getFileName().toString()).toList());
      all.put("samples", samples.count());
      samples
          .length()
          .ifPresentOrElse(length -> all.put("length", length), () -> all.remove("length"));
      all.put("computation", computation.name());
    }
    return all;
  }

  /** Bits of the whole model after compression by what they hold; they add up to all of it. */
  private static Map<String, Long> parts(Plan plan, List<LayerReport> layers) {
    var parts = new LinkedHashMap<String, Long>();
    for (LayerReport layer : layers) {
      layer.bitsByPart().forEach((part, bits) -> parts.merge(part, bits, Long::sum));
    }
    long projections = parts.values().stream().mapToLong(Long::longValue).sum();
    long dense =
        plan.projections().stream()
            .filter(projection -> !projection.compressed())
            .mapToLong(PlannedProjection::bitsAfter)
            .sum();
    if (dense > 0) {
      parts.put("dense_projections", dense);
    }
    long tables = embeddings(plan).after();
    if (tables > 0) {
      parts.put("embeddings", tables);
    }
    parts.put("rest", plan.model().after() - projections - dense - tables);
    return parts;
  }

  private static BitCount embeddings(Plan plan) {
    return new BitCount(
        plan.tables().stream().mapToLong(PlannedTable::bitsBefore).sum(),
        plan.tables().stream().mapToLong(PlannedTable::bitsAfter).sum());
  }

  /** Projections that stay dense, and why. */
  private static Map<String, String> dense(Plan plan) {
    var dense = new LinkedHashMap<String, String>();
    for (PlannedProjection projection : plan.projections()) {
      projection
          .dense()
          .ifPresent(reason -> {
            String why =
                projection
                    .choice()
                    .filter(choice -> !choice.equals(reason))
                    .map(choice -> " (" + choice + ")")
                    .orElse("");
            dense.put(projection.name(), reason + why);
          });
    }
    return dense;
  }
}
