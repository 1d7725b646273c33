package io.compot.comparison;

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

  private static String own(String method) {
    return switch (method) {
      case "compot" -> "pooled";
      case "compot+" -> "damage";
      case "rocket" -> "knapsack";
      case "svd-llm-v2" -> "svd-llm-v2";
      default -> "uniform";
    };
  }

  @Override
  public String toString() {
    return "%s: %s, %s, %s".formatted(model, method, allocation, ratio);
  }
}
