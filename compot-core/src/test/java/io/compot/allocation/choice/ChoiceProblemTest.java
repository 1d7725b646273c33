package io.compot.allocation.choice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.allocation.choice.ChoiceProblem.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The knapsack solvers against trying everything. */
class ChoiceProblemTest {

  @Property(tries = 1000)
  void exactEqualsBruteForceAndLagrangianIsOneHullStepOff(
      @ForAll @IntRange(min = 1, max = 6) int classes, @ForAll int seed) {
    Random random = new Random(seed);
    List<List<Item>> all = new ArrayList<>();
    for (int i = 0; i < classes; i++) {
      List<Item> items = new ArrayList<>();
      int count = 1 + random.nextInt(5);
      for (int j = 0; j < count; j++) {
        double cost = random.nextInt(4) == 0 ? random.nextInt(3) : random.nextDouble();
        items.add(new Item(j, random.nextLong(1, 31), cost));
      }
      all.add(items);
    }
    long fewest = ChoiceProblem.of(all, 0).fewestBits();
    ChoiceProblem problem = ChoiceProblem.of(all, fewest + random.nextLong(60));
    double best = bruteForce(all, 0, problem.budget());

    LagrangianChoice lagrangian = new LagrangianChoice(problem);
    List<Item> exact = new ExactChoice(problem, lagrangian).choice().orElseThrow();

    assertThat(ChoiceProblem.bits(exact)).isLessThanOrEqualTo(problem.budget());
    assertThat(ChoiceProblem.cost(exact)).isCloseTo(best, within(1e-12));
    assertThat(exact).hasSize(classes);
    List<Item> choice = lagrangian.choice();
    assertThat(ChoiceProblem.bits(choice)).isLessThanOrEqualTo(problem.budget());
    assertThat(ChoiceProblem.cost(choice))
        .isLessThanOrEqualTo(best + largestHullStep(problem) + 1e-12);
  }

  /** With convex curves over equal steps of bits a Lagrange multiplier finds the optimum. */
  @Property(tries = 500)
  void lagrangianIsOptimalOnConvexCurves(
      @ForAll @IntRange(min = 1, max = 5) int classes,
      @ForAll @IntRange(max = 20) int spare,
      @ForAll int seed) {
    Random random = new Random(seed);
    List<List<Item>> all = new ArrayList<>();
    for (int i = 0; i < classes; i++) {
      double factor = 0.1 + random.nextDouble();
      double decay = 0.3 + 0.6 * random.nextDouble();
      List<Item> items = new ArrayList<>();
      for (int j = 0; j < 6; j++) {
        items.add(new Item(j, 3L * (j + 1), factor * Math.pow(decay, j)));
      }
      all.add(items);
    }
    ChoiceProblem problem = ChoiceProblem.of(all, 3L * classes + spare);

    List<Item> choice = new LagrangianChoice(problem).choice();

    assertThat(ChoiceProblem.cost(choice))
        .isCloseTo(bruteForce(all, 0, problem.budget()), within(1e-12));
  }

  private static double bruteForce(List<List<Item>> classes, int from, long budget) {
    if (budget < 0) {
      return Double.POSITIVE_INFINITY;
    }
    if (from == classes.size()) {
      return 0;
    }
    double best = Double.POSITIVE_INFINITY;
    for (Item item : classes.get(from)) {
      best = Math.min(best, item.cost() + bruteForce(classes, from + 1, budget - item.bits()));
    }
    return best;
  }

  private static double largestHullStep(ChoiceProblem problem) {
    double largest = 0;
    for (List<Item> items : problem.classes()) {
      List<Item> hull = LagrangianChoice.hull(items);
      for (int i = 1; i < hull.size(); i++) {
        largest = Math.max(largest, hull.get(i - 1).cost() - hull.get(i).cost());
      }
    }
    return largest;
  }
}
