package io.compot.recipe;

import io.compot.allocation.BudgetAllocator;
import io.compot.allocation.option.ProfileFact;
import io.compot.error.UsageException;
import io.compot.method.CompressionMethod;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The general settings, as they are for single projections. */
public final class Overrides {

  /** Methods whose codes have a k/s. */
  private static final List<String> SPARSE =
      List.of("compot", "compot+", "compot+lite", "cospadi", "rocket");

  private static final String PLUS = "compot+";

  static final List<String> DTYPES = List.of("f32", "f16", "bf16");

  private final CompressionSettings settings;
  private final boolean damage;
  private final List<NamePatterns> patterns = new ArrayList<>();
  private final Map<CompressionSettings, CompressionMethod> methods = new HashMap<>();

  private Overrides(CompressionSettings settings, boolean damage) {
    this.settings = settings;
    this.damage = damage;
  }

  /**
   * Checks them.
   *
   * @throws UsageException naming the override and its setting that is out of range
   */
  public static Overrides of(CompressionSettings settings) throws UsageException {
    BudgetAllocator allocator = AllocationChoice.of(settings);
    var overrides = new Overrides(settings, allocator.needs().contains(ProfileFact.LOSS_RISE));
    for (int i = 0; i < settings.overrides().size(); i++) {
      check("overrides[" + i + "].", settings.overrides().get(i));
      overrides.patterns.add(new NamePatterns(List.of(settings.overrides().get(i).match())));
    }
    return overrides;
  }

  private static void check(String where, ProjectionOverride each) throws UsageException {
    double ratio = each.ratio().orElse(0.5);
    MethodChoice.require(
        ratio > 0 && ratio < 1,
        where + "ratio",
        ratio,
        "the fraction of bits to remove, between 0 and 1");
    double rho = each.rho().orElse(1);
    MethodChoice.require(
        rho >= 1 && Double.isFinite(rho), where + "rho", rho, "a number of at least 1");
    MethodChoice.require(
        DTYPES.contains(each.dtype().orElse("f32")),
        where + "dtype",
        each.dtype().orElse(""),
        "one of " + String.join(", ", DTYPES));
    if (each.match().isBlank()) {
      throw new UsageException(where + "match is empty; name projections, e.g. down_proj");
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
    String name = override.method().orElse(settings.method());
    boolean plus = settings.method().equals(PLUS);
    if (name.equals(PLUS) && !plus) {
      throw new UsageException(
          "%s: compot+ looks at all that it compresses and cannot be the method of some projections alone; make it the general method and give the others overrides"
              .formatted(projection));
    }
    if (override.rho().isPresent() && !SPARSE.contains(name)) {
      throw new UsageException(
          "%s: method %s has no sparse code, so that rho means nothing; drop it, or choose one of %s"
              .formatted(projection, name, String.join(", ", SPARSE)));
    }
    boolean foreign = !name.equals(settings.method()) || override.rho().isPresent();
    if (damage && foreign && override.ratio().isEmpty() && !override.skip().orElse(false)) {
      throw new UsageException(
          "%s: the allocation predicts the damage of compot+ at k/s of its own choice, not of another method or rho; give the override a ratio too, or choose another allocation"
              .formatted(projection));
    }
    CompressionSettings own = settings.with(name, override.rho().orElse(settings.rho()));
    CompressionMethod method = methods.get(own);
    if (method == null) {
      method = MethodChoice.of(own);
      methods.put(own, method);
    }
    if (method.throughPrefix() && !MethodChoice.of(settings).throughPrefix()) {
      throw new UsageException(
          "%s: method %s works on what is compressed before it, the general method does not; make it the general one and give the others overrides"
              .formatted(projection, method.name()));
    }
    return method;
  }
}
