package io.compot.recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Everything that decides a compression's bytes.
 *
 * @param method "compot", "compot+", "compot+lite", "svd", "svd-llm", "svd-llm-v2", "asvd",
 *     "cospadi" or "rocket"
 * @param allocation how the budget is split: "uniform", "pooled", "svd-llm-v2", "knapsack",
 *     "whitened", "damage" (compot+) or "auto": damage for compot+, whitened for compot+lite,
 *     uniform for others
 * @param scope which projections share a pool: "all", "kind", "shared-input" or "none" (pooled)
 * @param ratio fraction of bits to remove from the chosen projections, in (0, 1)
 * @param minRatio of each projection that shares the budget, from 0, which is none
 * @param maxRatio of each of them, up to 1; empty: the allocation's own
 * @param calibration text files, plain or JSON lines
 * @param digests SHA-256 that calibration files must have, in hexadecimal, of those where it is
 *     known
 * @param field of a JSON line that holds its text
 * @param samples windows; empty takes all that the text gives
 * @param length tokens a window; empty: 1024, or the model's maximum if that is less
 * @param seed of the choice of windows and of random initialisation
 * @param include patterns over projection names; empty means all of the blocks' projections
 * @param exclude patterns that stay dense
 * @param overrides what holds for single projections in place of these settings, in order
 * @param rho k/s, at least 1 (compot, cospadi, rocket)
 * @param iterations rounds at most; empty: the method's own number (compot, cospadi)
 * @param init "svd" or "random" (compot)
 * @param tolerance stop when the relative error falls by less than this in a round; empty: never
 * @param momentum β of the dictionary update; 0 is the paper's (compot)
 * @param update "none" or "sequential", the closed-form update of the left factor (svd-llm)
 * @param shardSize most bytes of an output file
 */
public record CompressionSettings(
    String method,
    String allocation,
    String scope,
    double ratio,
    double minRatio,
    OptionalDouble maxRatio,
    List<Path> calibration,
    Map<Path, String> digests,
    String field,
    OptionalInt samples,
    OptionalInt length,
    long seed,
    List<String> include,
    List<String> exclude,
    List<ProjectionOverride> overrides,
    double rho,
    OptionalInt iterations,
    String init,
    OptionalDouble tolerance,
    double momentum,
    String update,
    long shardSize) {

  public CompressionSettings {
    calibration = List.copyOf(calibration);
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
    digests = Map.copyOf(digests);
    overrides = List.copyOf(overrides);
  }

  /** The same for another method and k/s. */
  CompressionSettings with(String otherMethod, double otherRho) {
    return new CompressionSettings(
        otherMethod,
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
        otherRho,
        iterations,
        init,
        tolerance,
        momentum,
        update,
        shardSize);
  }
}
