package io.compot;

import io.compot.recipe.CompressionSettings;
import io.compot.recipe.ProjectionOverride;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Settings while they are chosen, with the command's defaults. */
final class Draft {

  String method = "compot";
  String allocation = "auto";
  String scope = "all";
  double ratio = 0.2;
  double minRatio;
  OptionalDouble maxRatio = OptionalDouble.empty();
  List<Path> calibration = List.of();
  Map<Path, String> digests = Map.of();
  String field = "text";
  OptionalInt samples = OptionalInt.of(256);
  OptionalInt length = OptionalInt.empty();
  long seed = 42;
  List<String> include = List.of();
  List<String> exclude = List.of();
  List<ProjectionOverride> overrides = List.of();
  double rho = 2;
  OptionalInt iterations = OptionalInt.empty();
  String init = "svd";
  OptionalDouble tolerance = OptionalDouble.empty();
  double momentum;
  String update = "none";
  long shardSize = 5_000_000_000L;

  /** Takes all of somebody else's. */
  void take(CompressionSettings found) {
    method = found.method();
    allocation = found.allocation();
    scope = found.scope();
    ratio = found.ratio();
    minRatio = found.minRatio();
    maxRatio = found.maxRatio();
    calibration = found.calibration();
    digests = found.digests();
    field = found.field();
    samples = found.samples();
    length = found.length();
    seed = found.seed();
    include = found.include();
    exclude = found.exclude();
    overrides = found.overrides();
    rho = found.rho();
    iterations = found.iterations();
    init = found.init();
    tolerance = found.tolerance();
    momentum = found.momentum();
    update = found.update();
    shardSize = found.shardSize();
  }

  /** As they stand. */
  CompressionSettings settings() {
    return new CompressionSettings(
        method,
        allocation,
        scope,
        ratio,
        minRatio,
        maxRatio,
        calibration,
        digests,
        field,
        samples,
        length,
        seed,
        include,
        exclude,
        overrides,
        rho,
        iterations,
        init,
        tolerance,
        momentum,
        update,
        shardSize);
  }
}
