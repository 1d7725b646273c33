package io.compot.recipe;

import io.compot.error.UsageException;
import io.compot.method.CompressionMethod;
import io.compot.method.Need;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The general settings, as they are for single projections. */
public final class Overrides {

  static final List<String> DTYPES = List.of("f32", "f16", "bf16");

  private final CompressionSettings settings;
  private final List<NamePatterns> patterns = new ArrayList<>();

  private Overrides(CompressionSettings settings) {
    this.settings = settings;
  }

  /**
   * Checks them.
   *
   * @throws UsageException naming the override and its setting that is out of range
   */
  public static Overrides of(CompressionSettings settings) throws UsageException {
    var overrides = new Overrides(settings);
    for (int i = 0; i < settings.overrides().size(); i++) {
      check("overrides[" + i + "].", settings.overrides().get(i));
      overrides.patterns.add(new NamePatterns(List.of(settings.overrides().get(i).match())));
    }
    return overrides;
  }

  private static void check(String where, ProjectionOverride each) throws UsageException {
    double ratio = each.ratio().orElse(0.5);
    require(ratio > 0 && ratio < 1, where + "ratio", ratio, Removed.EXPECTED);
    require(
        DTYPES.contains(each.dtype().orElse("f32")),
        where + "dtype",
        each.dtype().orElse(""),
        "one of " + String.join(", ", DTYPES));
    if (each.match().isBlank()) {
      throw new UsageException(where + "match is empty; name projections, e.g. down_proj");
    }
  }

  private static void require(boolean holds, String setting, Object given, String expected)
      throws UsageException {
    if (!holds) {
      throw new UsageException("%s %s is not %s".formatted(setting, given, expected));
    }
  }

  /** Refuses patterns that match none of the names. */
  public void requireUse(Collection<String> names) throws UsageException {
    for (int i = 0; i < patterns.size(); i++) {
      patterns.get(i).requireUse("overrides[" + i + "].match", names);
    }
  }

  /** What holds for one projection beyond the general settings. */
  public ProjectionOverride of(String projection) {
    ProjectionOverride found = ProjectionOverride.of(projection);
    for (int i = 0; i < patterns.size(); i++) {
      if (patterns.get(i).matches(projection)) {
        found = settings.overrides().get(i).over(found);
      }
    }
    return found;
  }

  /**
   * The method of one projection.
   *
   * @throws UsageException where it cannot stand beside the general one
   */
  public CompressionMethod method(String projection, ProjectionOverride override)
      throws UsageException {
    CompressionMethod general = settings.method();
    CompressionMethod method;
    try {
      method =
          override.method().isEmpty() || override.method().get().equals(general.name())
              ? Methods.with(general, override.settings())
              : Methods.of(override.method().get(), override.settings());
    } catch (UsageException e) {
      throw new UsageException(projection + ": " + e.getMessage());
    }
    if (method.needs(Need.MODEL) && !general.needs(Need.MODEL)) {
      throw new UsageException(
          "%s: %s takes parts out of the whole model and cannot be the method of some projections"
              .formatted(projection, method.name()));
    }
    if (method.needs(Need.OUTPUT_METRIC) && !general.needs(Need.OUTPUT_METRIC)) {
      throw new UsageException(
          "%s: %s looks at all that it compresses and cannot be the method of some projections alone; make it the general method and give the others overrides"
              .formatted(projection, method.name()));
    }
    if (method.needs(Need.PREFIX) && !general.needs(Need.PREFIX)) {
      throw new UsageException(
          "%s: method %s works on what is compressed before it, the general method does not; make it the general one and give the others overrides"
              .formatted(projection, method.name()));
    }
    return method;
  }
}
