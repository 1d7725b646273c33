package io.compot.recipe;

import io.compot.method.CompressionMethod;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What holds for the projections that a pattern matches, in place of the general settings. Where
 * several match, the last that says something of a setting decides it.
 *
 * @param match pattern over projection names, as in {@link GeneralSettings#include()}
 * @param skip whether they stay dense
 * @param method in place of the general one
 * @param ratio fraction of each one's own bits to remove, in (0, 1); they leave the common budget,
 *     and the general ratio is over all others
 * @param settings of the method, by name, as they are written
 * @param dtype element type of the stored factors: "f32", "f16" or "bf16"; empty: the weight's own
 */
public record ProjectionOverride(
    String match,
    Optional<Boolean> skip,
    Optional<String> method,
    OptionalDouble ratio,
    Map<String, String> settings,
    Optional<String> dtype) {

  public ProjectionOverride {
    settings = Map.copyOf(settings);
  }

  /** Says nothing yet of the projections that match. */
  public static ProjectionOverride of(String match) {
    return new ProjectionOverride(
        match,
        Optional.empty(),
        Optional.empty(),
        OptionalDouble.empty(),
        Map.of(),
        Optional.empty());
  }

  public ProjectionOverride withSkip(boolean value) {
    return new ProjectionOverride(match, Optional.of(value), method, ratio, settings, dtype);
  }

  public ProjectionOverride withMethod(String name) {
    return new ProjectionOverride(match, skip, Optional.of(name), ratio, settings, dtype);
  }

  public ProjectionOverride withRatio(double value) {
    return new ProjectionOverride(match, skip, method, OptionalDouble.of(value), settings, dtype);
  }

  /** With another value of one of the method's settings, e.g. {@code rho} and {@code 3}. */
  public ProjectionOverride with(String setting, Object value) {
    return new ProjectionOverride(
        match, skip, method, ratio, both(settings, Map.of(setting, value.toString())), dtype);
  }

  public ProjectionOverride withDtype(String name) {
    return new ProjectionOverride(match, skip, method, ratio, settings, Optional.of(name));
  }

  /** This one, with what an earlier one says of settings that this one leaves open. */
  ProjectionOverride over(ProjectionOverride earlier) {
    return new ProjectionOverride(
        match,
        skip.or(earlier::skip),
        method.or(earlier::method),
        ratio.isPresent() ? ratio : earlier.ratio,
        both(earlier.settings, settings),
        dtype.or(earlier::dtype));
  }

  /** Without the settings that a general method does not have, unless it names one itself. */
  ProjectionOverride only(CompressionMethod general) {
    Map<String, String> had = new LinkedHashMap<>(settings);
    if (method.isEmpty()) {
      had.keySet().retainAll(general.schema().names());
    }
    return new ProjectionOverride(match, skip, method, ratio, had, dtype);
  }

  private static Map<String, String> both(Map<String, String> earlier, Map<String, String> later) {
    Map<String, String> both = new LinkedHashMap<>(earlier);
    both.putAll(later);
    return both;
  }
}
