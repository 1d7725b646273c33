package io.compot.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The figures of one model of a comparison. */
final class ComparisonFigures {

  private static final double MARGIN = 0.02;

  private final String model;
  private final int place;
  private final List<ComparedRow> mine;

  /**
   * Figures of a model.
   *
   * @param place of the model among several, from 1; 0 where it is the only one
   * @param mine its rows
   */
  ComparisonFigures(String model, int place, List<ComparedRow> mine) {
    this.model = model;
    this.place = place;
    this.mine = mine;
  }

  List<Figure> all() {
    List<Figure> figures = new ArrayList<>();
    Compared.of(mine).forEach(each -> lines(each).ifPresent(figures::add));
    cost().ifPresent(figures::add);
    return figures;
  }

  private Optional<Figure> lines(Compared compared) {
    Map<String, List<List<Double>>> points = new LinkedHashMap<>();
    Map<String, Integer> colours = new LinkedHashMap<>();
    List<List<Double>> all = new ArrayList<>();
    for (ComparedRow row : mine) {
      Compared.Point measured = compared.point(row);
      if (!row.original() && measured != null) {
        List<Double> point = List.of(measured.x(), measured.y(), measured.error());
        points.computeIfAbsent(row.line(), _ -> new ArrayList<>()).add(point);
        colours.put(row.line(), MethodColour.number(row.method()));
        all.add(point);
      }
    }
    if (all.isEmpty()) {
      return Optional.empty();
    }
    List<Chart.Line> lines = new ArrayList<>();
    points.forEach((name, its) -> {
      its.sort(Comparator.comparing(List::getFirst));
      lines.add(new Chart.Line(name, "", colours.getOrDefault(name, 0), null, false, its));
    });
    double least = all.stream().mapToDouble(List::getFirst).min().orElseThrow() * (1 - MARGIN);
    double most = all.stream().mapToDouble(List::getFirst).max().orElseThrow() * (1 + MARGIN);
    for (ComparedRow row : mine) {
      Compared.Point value = compared.point(row);
      if (row.original() && value != null && value.y() > 0) {
        lines.add(
            new Chart.Line(
                "original",
                "",
                0,
                null,
                true,
                List.of(List.of(least, value.y(), 0.0), List.of(most, value.y(), 0.0))));
      }
    }
    double lowest = all.stream().mapToDouble(point -> point.get(1)).min().orElseThrow();
    double highest = all.stream().mapToDouble(point -> point.get(1)).max().orElseThrow();
    return Optional.of(
        new Figure(
            id(compared.id()),
            title(compared.title()),
            "Sizes are real ones on disk, masks and scales included; bars are standard errors."
                + " Compare at the same size.",
            "%d lines of %s over %s, between %s and %s."
                .formatted(
                    points.size(),
                    compared.what(),
                    compared.xTitle(),
                    Wording.number(lowest),
                    Wording.number(highest)),
            new Chart.Lines(
                compared.xTitle(),
                Unit.NUMBER,
                compared.what(),
                Unit.NUMBER,
                Compared.decades(lowest, highest),
                "category",
                lines),
            ComparisonFacts.table(mine)));
  }

  /** The rise of the loss as a map of methods and ratios. */
  private Optional<Figure> cost() {
    List<ComparedRow> made = mine.stream().filter(row -> row.made() && row.rise() != null).toList();
    List<String> names = made.stream().map(ComparedRow::line).distinct().toList();
    List<String> sizes =
        made.stream()
            .sorted(Comparator.comparingDouble(ComparedRow::ratio))
            .map(ComparedRow::size)
            .distinct()
            .toList();
    boolean ratios = sizes.stream().allMatch(each -> each.endsWith(" removed"));
    List<Chart.Cell> cells = new ArrayList<>();
    double largest = 1e-9;
    for (ComparedRow row : made) {
      double rise = Math.max(0, row.rise() == null ? 0 : row.rise());
      largest = Math.max(largest, rise);
      cells.add(
          new Chart.Cell(
              sizes.indexOf(row.size()),
              names.indexOf(row.line()),
              rise,
              row.line() + ", " + row.size(),
              ""));
    }
    // One value is told by the other figures.
    return cells.size() < 2
        ? Optional.empty()
        : Optional.of(
            new Figure(
                id("rise"),
                title("What it cost"),
                "Rise of the loss (logarithm of the perplexity) over the original's, in nats a token,"
                    + " by method and size.",
                "Heat map of %d methods by %d sizes.".formatted(names.size(), sizes.size()),
                new Chart.Heat(
                    ratios ? "removed" : "size",
                    ratios
                        ? sizes.stream().map(each -> each.replace(" removed", "")).toList()
                        : sizes,
                    names,
                    "rise of the loss",
                    Unit.NUMBER,
                    "harm",
                    largest,
                    cells),
                ComparisonFacts.table(mine)));
  }

  private String id(String id) {
    return place == 0 ? id : id + "-" + place;
  }

  private String title(String title) {
    return place == 0 ? title : title + ": " + model;
  }
}
