package io.compot.allocation;

import io.compot.allocation.option.ProfileFact;
import io.compot.error.UsageException;
import java.util.List;
import java.util.Set;

/**
 * Any allocation under guards for each projection (COMPOT's "too-low and excessive compression").
 *
 * @param allocator that splits the budget among the options that the guards leave
 * @param least ratio of a projection; above 0, none stays as it is that has an option between the
 *     guards; in [0, 1)
 * @param most ratio of a projection, in (0, 1]
 */
public record GuardedAllocator(BudgetAllocator allocator, double least, double most)
    implements BudgetAllocator {

  public GuardedAllocator {
    if (!(least >= 0 && least < 1) || !(most > 0 && most <= 1) || least > most) {
      throw new IllegalArgumentException("guards: least ratio %s, most %s".formatted(least, most));
    }
  }

  @Override
  public String name() {
    return allocator.name();
  }

  @Override
  public Set<ProfileFact> needs() {
    return allocator.needs();
  }

  @Override
  public long fewestBits(List<ProjectionProfile> profiles) {
    return allocator.fewestBits(
        profiles.stream().map(profile -> profile.guarded(least, most)).toList());
  }

  @Override
  public Allocation allocate(List<ProjectionProfile> profiles, long budget) throws UsageException {
    List<ProjectionProfile> guarded =
        profiles.stream().map(profile -> profile.guarded(least, most)).toList();
    long fewestBits = 0;
    long mostBits = 0;
    for (ProjectionProfile profile : guarded) {
      fewestBits += profile.smallest().bits();
      mostBits += profile.within(profile.denseBits()).orElseGet(profile::dense).bits();
    }
    ReachableRatios.requireWithin(name(), guarded, budget, fewestBits, mostBits);
    return allocator.allocate(guarded, budget);
  }
}
