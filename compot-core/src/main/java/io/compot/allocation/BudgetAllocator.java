package io.compot.allocation;

import io.compot.allocation.option.ProfileFact;
import io.compot.error.UsageException;
import java.util.List;
import java.util.Set;

/**
 * One way to split a budget of bits over projections: it chooses one option for each. The total
 * never exceeds the budget, and comes within 0.1 % of it where the options are fine enough and more
 * bits still buy something. Implementations are immutable and deterministic.
 */
public interface BudgetAllocator {

  /** The name by which commands and files know it, e.g. {@code uniform}. */
  String name();

  /** What each profile has to hold; an {@link IllegalArgumentException} where it does not. */
  Set<ProfileFact> needs();

  /**
   * Whether the weights alone do not tell what it has to know.
   *
   * @param methodsNeedIt whether any method to be used does
   */
  default boolean needsGram(boolean methodsNeedIt) {
    Set<ProfileFact> needs = needs();
    return needs.contains(ProfileFact.WHITENED_SPECTRUM)
        || needs.contains(ProfileFact.WHITENED_ERROR)
        || needs.contains(ProfileFact.LOSS_RISE)
        || needs.contains(ProfileFact.TRAINED_RATIO)
        || (needs.contains(ProfileFact.WEIGHT_ERROR) && methodsNeedIt);
  }

  /**
   * The fewest bits that it splits, or somewhat fewer than it does in every case: each at its
   * smallest option, as far as guards allow.
   */
  default long fewestBits(List<ProjectionProfile> profiles) {
    return profiles.stream().mapToLong(profile -> profile.smallest().bits()).sum();
  }

  /**
   * Splits a budget.
   *
   * @param profiles one for each projection, names distinct
   * @param budget bits for all of them
   * @throws UsageException where no allocation reaches the budget, naming the reachable ratios
   */
  Allocation allocate(List<ProjectionProfile> profiles, long budget) throws UsageException;

  /**
   * Splits what is left after removing a fraction of all dense bits.
   *
   * @param ratio in (0, 1)
   * @throws UsageException where the ratio is none, or no allocation reaches it
   */
  default Allocation allocate(List<ProjectionProfile> profiles, double ratio)
      throws UsageException {
    if (!(ratio > 0 && ratio < 1)) {
      throw new UsageException(
          "a ratio of %s is none: choose the fraction of bits to remove, between 0 and 1"
              .formatted(ratio));
    }
    long dense = profiles.stream().mapToLong(ProjectionProfile::denseBits).sum();
    return allocate(profiles, (long) Math.floor((1 - ratio) * dense));
  }
}
