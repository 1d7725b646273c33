package io.compot.allocation;

import io.compot.error.UsageException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Refuses what no allocation can do, before or after trying. */
final class ReachableRatios {

  private ReachableRatios() {}

  /** The dense bits of all projections; refuses an empty or ambiguous list. */
  static long denseBits(List<ProjectionProfile> profiles) throws UsageException {
    if (profiles.isEmpty()) {
      throw new UsageException(
          "no projection is left to compress: check the patterns that include and exclude them");
    }
    Set<String> names = new HashSet<>();
    long dense = 0;
    for (ProjectionProfile profile : profiles) {
      if (!names.add(profile.name())) {
        throw new IllegalArgumentException("two profiles of " + profile.name());
      }
      dense = Math.addExact(dense, profile.denseBits());
    }
    return dense;
  }

  /** Refuses a budget outside of what the options and guards allow. */
  static void requireWithin(
      String allocator, List<ProjectionProfile> profiles, long budget, long fewest, long most)
      throws UsageException {
    long dense = denseBits(profiles);
    boolean tooMany = budget < dense && most < dense && most < budget - budget / 1000;
    if (budget < fewest || tooMany) {
      throw new UsageException(
          "a ratio of %.4g cannot be reached: allocation '%s' can remove between %.4g and %.4g of the bits of %s; choose a ratio in that range or wider guards"
              .formatted(
                  1 - budget / (double) dense,
                  allocator,
                  1 - most / (double) dense,
                  1 - fewest / (double) dense,
                  profiles.size() == 1
                      ? profiles.getFirst().name()
                      : "these " + profiles.size() + " projections"));
    }
  }
}
