package io.compot.allocation;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ProfileFact;
import io.compot.error.UsageException;
import io.compot.setting.Schema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The same ratio for every projection, as far as whole sizes allow. What a projection without a
 * saving option keeps, the others give.
 */
public record UniformAllocator() implements BudgetAllocator {

  /** What may be said of it. */
  public static final Schema<SimpleAllocation> SCHEMA =
      SimpleAllocation.schema(new UniformAllocator(), "the same ratio for all");

  @Override
  public String name() {
    return "uniform";
  }

  @Override
  public Set<ProfileFact> needs() {
    return Set.of();
  }

  @Override
  public Allocation allocate(List<ProjectionProfile> profiles, long budget) throws UsageException {
    double[] ratios = new double[profiles.size()];
    double ratio = 1 - budget / (double) ReachableRatios.denseBits(profiles);
    Arrays.fill(ratios, Math.max(0, ratio));
    List<CompressionOption> options = new RatioFit(name(), profiles, budget, ratios, 0, 1).fit();
    List<Allocation.Decision> decisions = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      ProjectionProfile profile = profiles.get(i);
      String why = options.get(i).isDense() ? "no option saves bits" : "same ratio for all";
      decisions.add(
          new Allocation.Decision(profile.name(), options.get(i), profile.denseBits(), why));
    }
    return new Allocation(name(), budget, decisions, List.of());
  }
}
