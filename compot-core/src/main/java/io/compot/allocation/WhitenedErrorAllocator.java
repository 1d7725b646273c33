package io.compot.allocation;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.ProfileFact;
import io.compot.error.UsageException;
import io.compot.setting.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Our allocation where there was no backward pass, no paper's: the least sum of squared relative
 * whitened errors under the budget, by a Lagrange multiplier. All projections count alike.
 */
public record WhitenedErrorAllocator() implements BudgetAllocator {

  /** What may be said of it. */
  public static final Schema<SimpleAllocation> SCHEMA =
      SimpleAllocation.schema(
          new WhitenedErrorAllocator(), "least sum of squared relative whitened errors (ours)");

  @Override
  public String name() {
    return "whitened";
  }

  @Override
  public Set<ProfileFact> needs() {
    return Set.of(ProfileFact.WHITENED_ERROR);
  }

  @Override
  public Allocation allocate(List<ProjectionProfile> profiles, long budget) throws UsageException {
    CheapestOptions.Cost square =
        (_, option) -> option.error(ErrorMeasure.WHITENED) * option.error(ErrorMeasure.WHITENED);
    var problem = new CheapestOptions(name(), profiles, budget, square, option -> true);
    List<CompressionOption> options = problem.choose(false, false);
    List<Allocation.Decision> decisions = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      CompressionOption option = options.get(i);
      decisions.add(
          new Allocation.Decision(
              profiles.get(i).name(),
              option,
              profiles.get(i).denseBits(),
              "expected error %.4g".formatted(option.error(ErrorMeasure.WHITENED))));
    }
    return new Allocation(name(), budget, decisions, problem.notes());
  }
}
