package io.compot.allocation;

import io.compot.setting.Kind;
import io.compot.setting.Refused;
import io.compot.setting.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * How little and how much of its bits each projection may lose; every allocation has them.
 *
 * @param least fraction, in [0, 1); 0 is no guard, above it none is left whole that can be smaller
 * @param most fraction, in (0, 1]; empty is the allocation's own
 */
public record Guards(double least, Optional<Double> most) {

  private static final double ALMOST_ALL = 0.999;

  /** None but those that an allocation has of its own. */
  public static Guards none() {
    return new Guards(0, Optional.empty());
  }

  /** The two settings of something that has guards. */
  static <S> List<Setting<S, ?>> settings(Function<S, Guards> get, BiFunction<S, Guards, S> with) {
    List<Setting<S, ?>> all = new ArrayList<>();
    all.add(
        new Setting<>(
            "min-ratio",
            new Kind.Real(new Kind.Real.Bounds(0, false, 1, true, "a number from 0 to below 1")),
            "Least fraction of its bits that each projection loses; above 0 none is left whole that"
                + " can be made smaller.",
            get.andThen(Guards::least),
            (owner, value) -> with.apply(owner, new Guards(value, get.apply(owner).most))));
    all.add(
        new Setting<>(
            "max-ratio",
            new Kind.Auto<>(
                new Kind.Real(
                    new Kind.Real.Bounds(0, true, 1, false, "a number above 0 and at most 1"))),
            "Greatest fraction of its bits that a projection loses; auto: 0.9 (pooled,"
                + " svd-llm-v2), 1 (all others).",
            get.andThen(Guards::most),
            (owner, value) -> with.apply(owner, new Guards(get.apply(owner).least, value))));
    return List.copyOf(all);
  }

  /**
   * Refuses guards that leave no room between them.
   *
   * @throws Refused naming both
   */
  public void check() throws Refused {
    if (most.isPresent() && least > most.get()) {
      throw new Refused(
          "min-ratio %s is not at most the max-ratio, %s".formatted(least, most.get()));
    }
  }

  /** An allocator that keeps within them. */
  BudgetAllocator around(BudgetAllocator allocator) {
    double highest = most.orElse(1.0);
    return least == 0 && highest == 1 ? allocator : new GuardedAllocator(allocator, least, highest);
  }

  /** The upper one, of allocations that have one of their own and take it below 1. */
  double mostOr(double own) {
    return Math.max(least, Math.min(most.orElse(own), ALMOST_ALL));
  }
}
