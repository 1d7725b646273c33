package io.compot.allocation.choice;

import io.compot.allocation.choice.ChoiceProblem.Item;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Solves a {@link ChoiceProblem} exactly by dynamic programming over bits (ROCKET §3.1): class
 * after class, it keeps the partial choices that no other beats in both bits and cost. Bits are not
 * rounded to bins; instead, a partial choice goes that cannot end below the Lagrangian solution, by
 * the Lagrangian bound on the classes to come, which leaves few even for whole models.
 */
public final class ExactChoice {

  private static final int MOST_STATES = 200_000;

  private final ChoiceProblem problem;
  private final LagrangianChoice start;
  private final double known;
  private final double slack;
  private final long[] bitsToCome;
  private final double[] boundToCome;

  public ExactChoice(ChoiceProblem problem, LagrangianChoice start) {
    this.problem = problem;
    this.start = start;
    this.known = ChoiceProblem.cost(start.choice());
    this.slack = 1e-9 * known + 1e-13 * start.multiplier() * problem.budget();
    int count = problem.classes().size();
    this.bitsToCome = new long[count + 1];
    this.boundToCome = new double[count + 1];
    for (int i = count - 1; i >= 0; i--) {
      List<Item> items = problem.classes().get(i);
      bitsToCome[i] = bitsToCome[i + 1] + items.getFirst().bits();
      boundToCome[i] =
          boundToCome[i + 1] + items.stream().mapToDouble(this::penalised).min().orElseThrow();
    }
  }

  private record State(long bits, double cost, @Nullable State before, @Nullable Item item) {}

  /** The cheapest choice; empty where more partial choices survive than memory should hold. */
  public Optional<List<Item>> choice() {
    List<State> states = List.of(new State(0, 0, null, null));
    for (int i = 0; i < problem.classes().size(); i++) {
      List<State> grown = new ArrayList<>();
      for (State state : states) {
        for (Item item : problem.classes().get(i)) {
          State next =
              new State(state.bits() + item.bits(), state.cost() + item.cost(), state, item);
          if (canWin(next, i + 1)) {
            grown.add(next);
          }
        }
        if (grown.size() > MOST_STATES) {
          return Optional.empty();
        }
      }
      states = undominated(grown);
    }
    if (states.isEmpty() || states.getLast().cost() >= known) {
      return Optional.of(start.choice());
    }
    return Optional.of(items(states.getLast()));
  }

  private boolean canWin(State state, int following) {
    if (state.bits() + bitsToCome[following] > problem.budget()) {
      return false;
    }
    double bound =
        state.cost()
            + boundToCome[following]
            - start.multiplier() * (problem.budget() - state.bits());
    return bound <= known + slack;
  }

  private double penalised(Item item) {
    return item.cost() + start.multiplier() * item.bits();
  }

  private static List<State> undominated(List<State> states) {
    states.sort(Comparator.comparingLong(State::bits).thenComparingDouble(State::cost));
    List<State> kept = new ArrayList<>();
    for (State state : states) {
      if (kept.isEmpty() || state.cost() < kept.getLast().cost()) {
        kept.add(state);
      }
    }
    return kept;
  }

  private static List<Item> items(State last) {
    List<Item> items = new ArrayList<>();
    for (State state = last; state != null && state.item() != null; state = state.before()) {
      items.add(state.item());
    }
    return items.reversed();
  }
}
