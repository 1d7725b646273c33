package io.compot.comparison;

import io.compot.error.UsageException;
import io.compot.recipe.Allocations;
import io.compot.recipe.Methods;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One model to make and measure.
 *
 * @param model name of what is compressed
 * @param method as compress names it
 * @param settings of the method, in place of those that all cells share, by name
 * @param allocation as compress names it; never {@link #OWN}
 * @param asked how small the result is to be
 */
public record Cell(
    String model,
    String method,
    SortedMap<String, String> settings,
    String allocation,
    Asked asked) {

  /** Stands for the allocation of the method's own paper. */
  public static final String OWN = "own";

  public Cell {
    settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
  }

  /** A cell; {@link #OWN} becomes the allocation that it stands for. */
  public static Cell of(String model, String method, String allocation, double ratio) {
    return of(model, method, allocation, Asked.ratio(ratio));
  }

  /** The same with any size. */
  public static Cell of(String model, String method, String allocation, Asked asked) {
    return new Cell(
        model, method, new TreeMap<>(), allocation.equals(OWN) ? own(method) : allocation, asked);
  }

  /**
   * The cells of a method: each allocation with each of what is asked of it. One width for all
   * leaves nothing to allocate, so that such a cell is uniform, and there once.
   *
   * @throws UsageException where there is no such method
   */
  public static List<Cell> of(
      String model, String method, List<String> allocations, List<Asked> asked)
      throws UsageException {
    Set<Cell> cells = new LinkedHashSet<>();
    List<Asked> sizes = Asked.of(method, asked);
    for (String allocation : allocations) {
      for (Asked size : sizes) {
        boolean uniform = size.setting().equals(Asked.WIDTH);
        cells.add(of(model, method, uniform ? "uniform" : allocation, size));
      }
    }
    return List.copyOf(cells);
  }

  /** The same with settings of its method. */
  Cell with(Map<String, String> own) {
    return new Cell(model, method, new TreeMap<>(own), allocation, asked);
  }

  /** Its method's settings as a row tells them: "group 32, zero-points none". */
  String words() {
    return settings.entrySet().stream()
        .map(each -> each.getKey() + " " + each.getValue())
        .collect(Collectors.joining(", "));
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
    String own = settings.isEmpty() ? "" : " (" + words() + ")";
    return "%s: %s%s, %s, %s".formatted(model, method, own, allocation, asked);
  }
}
