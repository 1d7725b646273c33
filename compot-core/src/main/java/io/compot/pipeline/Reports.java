package io.compot.pipeline;

import io.compot.calibration.TokenWindows;
import io.compot.method.CompressionMethod;
import io.compot.method.lowrank.SvdLlmMethod;
import io.compot.method.sparse.CompotMethod;
import io.compot.method.sparse.CospadiMethod;
import io.compot.pipeline.check.Job;
import io.compot.plan.Plan;
import io.compot.plan.PlannedProjection;
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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gathers the facts of a compression. */
final class Reports {

  private static final Set<String> SPARSE = Set.of("compot", "cospadi", "rocket");

  private Reports() {}

  /**
   * The report of a compression that is done.
   *
   * @param inputs digests of all that was read, by name
   */
  static CompressionReport of(
      Path model,
      CompressionSettings settings,
      Job job,
      Plan plan,
      List<LayerReport> layers,
      Map<String, String> inputs,
      CompressionReport.Run run) {
    return new CompressionReport(
        plan,
        plan.method(),
        plan.allocation(),
        plan.notes(),
        new CompressionReport.Ratio(settings.ratio(), plan.compressed().removed()),
        new CompressionReport.Bits(plan.compressed(), plan.model(), parts(plan, layers)),
        null,
        layers,
        dense(plan),
        settings(model, job.method(), settings, job.windows(), job.type()),
        inputs,
        Versions.all(),
        run);
  }

  /** What was asked for, with defaults filled in; paths by their last name only. */
  private static Map<String, Object> settings(
      Path model,
      CompressionMethod method,
      CompressionSettings settings,
      @Nullable TokenWindows windows,
      Dtype computation) {
    var all = new LinkedHashMap<String, Object>();
    all.put("model", model.toAbsolutePath().normalize().getFileName().toString());
    all.put("method", method.name());
    all.put("allocation", settings.allocation());
    if (settings.allocation().equals("pooled")) {
      all.put("scope", settings.scope());
    }
    all.put("ratio", settings.ratio());
    if (settings.minRatio() > 0) {
      all.put("min_ratio", settings.minRatio());
    }
    settings.maxRatio().ifPresent(most -> all.put("max_ratio", most));
    all.put("include", settings.include());
    all.put("exclude", settings.exclude());
    if (!settings.overrides().isEmpty()) {
      all.put("overrides", Recipe.overrides(settings));
    }
    if (SPARSE.contains(method.name())) {
      all.put("rho", settings.rho());
    }
    if (method instanceof SvdLlmMethod) {
      all.put("update", settings.update());
    }
    if (method instanceof CospadiMethod cospadi) {
      all.put("iterations", cospadi.iterations());
    }
    if (method instanceof CompotMethod compot) {
      all.put("iterations", compot.iterations());
      all.put("init", settings.init());
      all.put("tolerance", settings.tolerance().orElse(0));
      all.put("momentum", settings.momentum());
    }
    all.put("seed", settings.seed());
    if (windows != null) {
      all.put(
          "calibration",
          settings.calibration().stream().map(file -> file.getFileName().toString()).toList());
      all.put("samples", windows.count());
      all.put("length", windows.length());
      all.put("computation", computation.name());
    }
    all.put("shard_size", settings.shardSize());
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
    parts.put("rest", plan.model().after() - projections - dense);
    return parts;
  }

  /** Projections that stay dense, and why. */
  private static Map<String, String> dense(Plan plan) {
    var dense = new LinkedHashMap<String, String>();
    for (PlannedProjection projection : plan.projections()) {
      if (!projection.compressed()) {
        String why = projection.why().isEmpty() ? "" : " (" + projection.why() + ")";
        dense.put(projection.name(), projection.denseReason() + why);
      }
    }
    return dense;
  }
}
