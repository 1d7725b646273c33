package io.compot.allocation;

import io.compot.allocation.choice.ChoiceProblem;
import io.compot.allocation.choice.ChoiceProblem.Item;
import io.compot.allocation.choice.ExactChoice;
import io.compot.allocation.choice.LagrangianChoice;
import io.compot.allocation.option.CompressionOption;
import io.compot.error.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Chooses the options of least total cost under a budget: solves the multiple-choice knapsack over
 * the listed options, then spends what is left where a source has sizes between those it lists.
 */
final class CheapestOptions {

  /** Harm that a size may cost that is met to a thousandth; nats a token of all projections. */
  private static final double NOTHING = 1e-4;

  /** What an option of a projection does, at least 0; the dense weight does nothing. */
  interface Cost {
    double of(int projection, CompressionOption option);
  }

  /** Which options may be chosen; the dense weight always may. */
  interface Guard {
    boolean allows(CompressionOption option);
  }

  private final List<ProjectionProfile> profiles;
  private final long budget;
  private final Cost cost;
  private final Guard guard;
  private final List<List<CompressionOption>> options = new ArrayList<>();
  private final ChoiceProblem problem;
  private final List<String> notes = new ArrayList<>();

  CheapestOptions(
      String allocator, List<ProjectionProfile> profiles, long budget, Cost cost, Guard guard)
      throws UsageException {
    this.profiles = profiles;
    this.budget = budget;
    this.cost = cost;
    this.guard = guard;
    List<List<Item>> classes = new ArrayList<>();
    for (int i = 0; i < profiles.size(); i++) {
      List<CompressionOption> allowed =
          profiles.get(i).candidates().stream().filter(guard::allows).toList();
      List<Item> items = new ArrayList<>();
      for (int j = 0; j < allowed.size(); j++) {
        CompressionOption option = allowed.get(j);
        items.add(new Item(j, option.bits(), finite(cost.of(i, option), profiles.get(i))));
      }
      options.add(allowed);
      classes.add(items);
    }
    this.problem = ChoiceProblem.of(classes, budget);
    ReachableRatios.requireWithin(
        allocator, profiles, budget, problem.fewestBits(), ReachableRatios.denseBits(profiles));
  }

  /** Facts for the report; complete after {@link #choose}. */
  List<String> notes() {
    return notes;
  }

  /**
   * The chosen options, in the order of the profiles.
   *
   * @param wholly whether weights may become whole, or cease to be, to spend what is left over
   */
  List<CompressionOption> choose(boolean exactly, boolean wholly) {
    LagrangianChoice lagrangian = new LagrangianChoice(problem);
    List<Item> items = lagrangian.choice();
    if (exactly) {
      Optional<List<Item>> exact = new ExactChoice(problem, lagrangian).choice();
      notes.add(
          exact.isPresent()
              ? "solved exactly"
              : "too many options for an exact solution; solved by a Lagrange multiplier");
      items = exact.orElse(items);
    }
    List<CompressionOption> chosen = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      chosen.add(options.get(i).get(items.get(i).index()));
    }
    refine(chosen);
    CompressionOption[] spent = chosen.toArray(CompressionOption[]::new);
    LeftOver.spend(profiles, spent, budget, (_, option) -> guard.allows(option));
    if (wholly) {
      LeftOver.spendWhole(profiles, spent, budget, (_, option) -> guard.allows(option));
    }
    boolean worth = !(exactly && wholly) || cost(List.of(spent)) <= 1.01 * cost(chosen) + NOTHING;
    return worth ? List.of(spent) : List.copyOf(chosen);
  }

  private double cost(List<CompressionOption> all) {
    double sum = 0;
    for (int i = 0; i < all.size(); i++) {
      sum += cost.of(i, all.get(i));
    }
    return sum;
  }

  private static double finite(double cost, ProjectionProfile profile) {
    if (!Double.isFinite(cost)) {
      throw new IllegalArgumentException(profile.name() + ": an option's damage is " + cost);
    }
    return cost;
  }

  private void refine(List<CompressionOption> chosen) {
    long left = budget - chosen.stream().mapToLong(CompressionOption::bits).sum();
    while (left > 0) {
      int best = -1;
      CompressionOption to = null;
      double most = 0;
      for (int i = 0; i < chosen.size(); i++) {
        CompressionOption from = chosen.get(i);
        var larger =
            from.isDense()
                ? Optional.<CompressionOption>empty()
                : profiles.get(i).within(from.bits() + left);
        if (larger.isPresent() && larger.get().bits() > from.bits()) {
          double saving =
              (cost.of(i, from) - cost.of(i, larger.get())) / (larger.get().bits() - from.bits());
          if (saving > most) {
            best = i;
            to = larger.get();
            most = saving;
          }
        }
      }
      if (to == null) {
        return;
      }
      left -= to.bits() - chosen.get(best).bits();
      chosen.set(best, to);
    }
  }
}
