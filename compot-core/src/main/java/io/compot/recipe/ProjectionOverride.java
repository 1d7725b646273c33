package io.compot.recipe;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What holds for the projections that a pattern matches, in place of the general settings. Where
 * several match, the last that says something of a setting decides it.
 *
 * @param match pattern over projection names, as in {@link CompressionSettings#include()}
 * @param skip whether they stay dense
 * @param method in place of the general one
 * @param ratio fraction of each one's own bits to remove, in (0, 1); they leave the common budget,
 *     and the general ratio is over all others
 * @param rho k/s, at least 1, of methods with sparse codes
 * @param dtype element type of the stored factors: "f32", "f16" or "bf16"; empty: the weight's own
 */
public record ProjectionOverride(
    String match,
    Optional<Boolean> skip,
    Optional<String> method,
    OptionalDouble ratio,
    OptionalDouble rho,
    Optional<String> dtype) {

  /** Says nothing yet of the projections that match. */
  public static ProjectionOverride of(String match) {
    return new ProjectionOverride(
        match,
        Optional.empty(),
        Optional.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        Optional.empty());
  }

  public ProjectionOverride withSkip(boolean value) {
    return new ProjectionOverride(match, Optional.of(value), method, ratio, rho, dtype);
  }

  public ProjectionOverride withMethod(String name) {
    return new ProjectionOverride(match, skip, Optional.of(name), ratio, rho, dtype);
  }

  public ProjectionOverride withRatio(double value) {
    return new ProjectionOverride(match, skip, method, OptionalDouble.of(value), rho, dtype);
  }

  public ProjectionOverride withRho(double value) {
    return new ProjectionOverride(match, skip, method, ratio, OptionalDouble.of(value), dtype);
  }

  public ProjectionOverride withDtype(String name) {
    return new ProjectionOverride(match, skip, method, ratio, rho, Optional.of(name));
  }

  /** This one, with what an earlier one says of settings that this one leaves open. */
  ProjectionOverride over(ProjectionOverride earlier) {
    return new ProjectionOverride(
        match,
        skip.or(earlier::skip),
        method.or(earlier::method),
        ratio.isPresent() ? ratio : earlier.ratio,
        rho.isPresent() ? rho : earlier.rho,
        dtype.or(earlier::dtype));
  }
}
