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
 * Our allocation, no paper's: the least predicted rise of the loss under the budget, by a Lagrange
 * multiplier over all options. Each option carries the rise that is predicted where its projection
 * alone is replaced ({@link ErrorMeasure#LOSS_RISE}).
 *
 * <p>A prediction is that of a small change, and large ones turn out larger: a predicted rise r
 * counts as r(1 + r/0.05).
 */
public record DamageAllocator() implements BudgetAllocator {

  /** What may be said of it. */
  public static final Schema<SimpleAllocation> SCHEMA =
      SimpleAllocation.schema(
          new DamageAllocator(), "least predicted rise of the loss, by one backward pass");

  /** Options of a projection of whole weights in few bits; factors have hundreds. */
  private static final int FEW = 32;

  /** Nats a token of one projection, at which a prediction counts twice. */
  private static final double LARGE = 0.05;

  @Override
  public String name() {
    return "damage";
  }

  @Override
  public Set<ProfileFact> needs() {
    return Set.of(ProfileFact.LOSS_RISE);
  }

  /** Where options are few, a multiplier leaves much over, and more bits may do more harm. */
  private static boolean few(List<ProjectionProfile> profiles) {
    return profiles.stream().mapToInt(each -> each.source().options().size()).max().orElse(0)
        <= FEW;
  }

  @Override
  public Allocation allocate(List<ProjectionProfile> profiles, long budget) throws UsageException {
    CheapestOptions.Cost cost =
        (_, option) -> {
          double rise = option.error(ErrorMeasure.LOSS_RISE);
          return rise * (1 + rise / LARGE);
        };
    var problem = new CheapestOptions(name(), profiles, budget, cost, option -> true);
    List<CompressionOption> options = problem.choose(few(profiles), true);
    double total = 0;
    List<Allocation.Decision> decisions = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      double expected = options.get(i).error(ErrorMeasure.LOSS_RISE);
      total += expected;
      decisions.add(
          new Allocation.Decision(
              profiles.get(i).name(),
              options.get(i),
              profiles.get(i).denseBits(),
              "expected rise of the loss %.4g".formatted(expected)));
    }
    List<String> notes = new ArrayList<>();
    notes.add("expected rise of the loss %.4g".formatted(total));
    notes.addAll(problem.notes());
    return new Allocation(name(), budget, decisions, notes);
  }
}
