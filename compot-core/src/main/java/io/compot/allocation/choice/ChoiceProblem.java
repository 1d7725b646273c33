package io.compot.allocation.choice;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Multiple-choice knapsack: one option from each class, least total cost under a total of bits.
 *
 * @param classes the options of each class, ascending in bits and falling in cost
 * @param budget bits for all of them
 */
public record ChoiceProblem(List<List<Item>> classes, long budget) {

  /**
   * An option.
   *
   * @param index in the list it came from
   * @param bits it takes
   * @param cost it does
   */
  public record Item(int index, long bits, double cost) {}

  /** Sorts each class and drops what costs no fewer bits and does no less than another item. */
  public static ChoiceProblem of(List<List<Item>> classes, long budget) {
    return new ChoiceProblem(classes.stream().map(ChoiceProblem::undominated).toList(), budget);
  }

  private static List<Item> undominated(List<Item> items) {
    List<Item> sorted = new ArrayList<>(items);
    sorted.sort(Comparator.comparingLong(Item::bits).thenComparingDouble(Item::cost));
    List<Item> kept = new ArrayList<>();
    for (Item item : sorted) {
      if (kept.isEmpty() || item.cost() < kept.getLast().cost()) {
        kept.add(item);
      }
    }
    return kept;
  }

  /** The fewest bits that any choice takes. */
  public long fewestBits() {
    return classes.stream().mapToLong(items -> items.getFirst().bits()).sum();
  }

  /** Total bits of a choice. */
  static long bits(List<Item> choice) {
    return choice.stream().mapToLong(Item::bits).sum();
  }

  /** Total cost of a choice. */
  static double cost(List<Item> choice) {
    return choice.stream().mapToDouble(Item::cost).sum();
  }
}
