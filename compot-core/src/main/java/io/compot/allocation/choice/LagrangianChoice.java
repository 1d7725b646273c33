package io.compot.allocation.choice;

import io.compot.allocation.choice.ChoiceProblem.Item;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Solves a {@link ChoiceProblem} by a Lagrange multiplier λ: each class minimises cost + λ·bits,
 * which walks its lower convex hull, and λ falls until the budget is full. Steps that no longer fit
 * are skipped, and what is left goes to the best remaining single steps, on the hull or off it. The
 * cost is at most one hull step above the optimum.
 */
public final class LagrangianChoice {

  private final ChoiceProblem problem;
  private final List<Item> choice = new ArrayList<>();
  private double multiplier;

  /**
   * @param problem of which the fewest bits fit the budget
   */
  public LagrangianChoice(ChoiceProblem problem) {
    this.problem = problem;
    problem.classes().forEach(items -> choice.add(items.getFirst()));
    long left = climb(problem.budget() - ChoiceProblem.bits(choice));
    fill(left);
  }

  /** The chosen item of each class. */
  public List<Item> choice() {
    return List.copyOf(choice);
  }

  /** λ where the budget was full: cost a further bit would save; 0 where bits were left over. */
  double multiplier() {
    return multiplier;
  }

  /** A step along a hull; {@code saving} is cost a bit. */
  private record Step(int owner, Item to, long bits, double saving) {}

  private long climb(long budget) {
    List<Step> steps = new ArrayList<>();
    for (int owner = 0; owner < problem.classes().size(); owner++) {
      List<Item> hull = hull(problem.classes().get(owner));
      for (int i = 1; i < hull.size(); i++) {
        Item from = hull.get(i - 1);
        Item to = hull.get(i);
        steps.add(new Step(owner, to, to.bits() - from.bits(), saving(from, to)));
      }
    }
    steps.sort(
        Comparator.comparingDouble((Step step) -> -step.saving())
            .thenComparingInt(Step::owner)
            .thenComparingLong(step -> step.to().bits()));
    boolean[] stopped = new boolean[choice.size()];
    long left = budget;
    for (Step step : steps) {
      if (stopped[step.owner()]) {
        continue;
      }
      if (step.bits() <= left) {
        choice.set(step.owner(), step.to());
        left -= step.bits();
      } else {
        stopped[step.owner()] = true;
        multiplier = Math.max(multiplier, step.saving());
      }
    }
    return left;
  }

  private void fill(long budget) {
    long left = budget;
    while (left > 0) {
      int owner = -1;
      Item best = null;
      double most = 0;
      for (int i = 0; i < choice.size(); i++) {
        Item from = choice.get(i);
        for (Item to : problem.classes().get(i)) {
          if (to.bits() > from.bits()
              && to.bits() - from.bits() <= left
              && saving(from, to) > most) {
            owner = i;
            best = to;
            most = saving(from, to);
          }
        }
      }
      if (best == null) {
        return;
      }
      left -= best.bits() - choice.get(owner).bits();
      choice.set(owner, best);
    }
  }

  /** The lower convex hull of (bits, cost). */
  static List<Item> hull(List<Item> items) {
    List<Item> hull = new ArrayList<>();
    for (Item item : items) {
      while (hull.size() > 1
          && saving(hull.get(hull.size() - 2), hull.getLast()) <= saving(hull.getLast(), item)) {
        hull.removeLast();
      }
      hull.add(item);
    }
    return hull;
  }

  private static double saving(Item from, Item to) {
    return (from.cost() - to.cost()) / (to.bits() - from.bits());
  }
}
