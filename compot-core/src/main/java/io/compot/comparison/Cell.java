package io.compot.comparison;

import io.compot.recipe.Allocations;
import io.compot.recipe.Methods;

/**
 * One model to make and measure.
 *
 * @param model name of what is compressed
 * @param method as compress names it
 * @param allocation as compress names it; never {@link #OWN}
 * @param ratio fraction of bits to remove
 */
public record Cell(String model, String method, String allocation, double ratio) {

  /** Stands for the allocation of the method's own paper. */
  public static final String OWN = "own";

  /** A cell; {@link #OWN} becomes the allocation that it stands for. */
  public static Cell of(String model, String method, String allocation, double ratio) {
    return new Cell(model, method, allocation.equals(OWN) ? own(method) : allocation, ratio);
  }

  /** Of an unknown method none, as its name is refused when the cell is checked. */
  private static String own(String method) {
    return Methods.all().stream()
        .filter(each -> each.name().equals(method))
        .findFirst()
        .map(each -> each.standard().papersAllocation())
        .orElse(Allocations.AUTO);
  }

  @Override
  public String toString() {
    return "%s: %s, %s, %s".formatted(model, method, allocation, ratio);
  }
}
