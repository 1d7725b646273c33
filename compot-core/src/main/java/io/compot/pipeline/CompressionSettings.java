package io.compot.pipeline;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Everything that decides a compression's bytes.
 *
 * @param method "compot", "compot+", "svd", "svd-llm", "svd-llm-v2", "asvd", "cospadi" or "rocket"
 * @param allocation how the budget is split: "uniform", "pooled", "svd-llm-v2", "knapsack",
 *     "damage" (compot+) or "auto": damage for compot+, uniform for others
 * @param scope which projections share a pool: "all", "kind", "shared-input" or "none" (pooled)
 * @param ratio fraction of bits to remove from the chosen projections, in (0, 1)
 * @param calibration text files, plain or JSON lines
 * @param field of a JSON line that holds its text
 * @param samples windows; empty takes all that the text gives
 * @param length tokens a window; empty: 1024, or the model's maximum if that is less
 * @param seed of the choice of windows and of random initialisation
 * @param include patterns over projection names; empty means all of the blocks' projections
 * @param exclude patterns that stay dense
 * @param rho k/s, at least 1 (compot, cospadi, rocket)
 * @param iterations rounds at most; empty: the method's own number (compot, cospadi)
 * @param init "svd" or "random" (compot)
 * @param tolerance stop when the relative error falls by less than this in a round; empty: never
 * @param momentum β of the dictionary update; 0 is the paper's (compot)
 * @param shardSize most bytes of an output file
 */
public record CompressionSettings(
    String method,
    String allocation,
    String scope,
    double ratio,
    List<Path> calibration,
    String field,
    OptionalInt samples,
    OptionalInt length,
    long seed,
    List<String> include,
    List<String> exclude,
    double rho,
    OptionalInt iterations,
    String init,
    OptionalDouble tolerance,
    double momentum,
    long shardSize) {

  public CompressionSettings {
    calibration = List.copyOf(calibration);
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
  }
}
