package io.compot.report;

import static io.compot.report.Table.column;

import io.compot.report.Page.Facts;
import io.compot.report.Page.Highlight;
import io.compot.report.Page.Run;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The page of a comparison, from {@code results.json}: one scale of bits for all. */
final class ComparisonPage {

  /** Beyond this a line is drawn over decades. */
  private static final double DECADES = 20;

  private static final double MARGIN = 0.02;

  private final Map<String, List<ComparedRow>> models = new LinkedHashMap<>();
  private final List<ComparedRow> rows;

  private ComparisonPage(JsonNode comparison) {
    rows = ComparedRow.all(comparison);
    rows.forEach(row -> models.computeIfAbsent(row.model(), _ -> new ArrayList<>()).add(row));
  }

  static Page of(JsonNode comparison) {
    return new ComparisonPage(comparison).page();
  }

  private Page page() {
    List<Figure> figures = new ArrayList<>();
    models.forEach((model, mine) -> {
      lines(
              model,
              mine,
              "perplexity",
              "Perplexity against bits",
              "token perplexity",
              ComparedRow::perplexity)
          .ifPresent(figures::add);
      lines(
              model,
              mine,
              "divergence",
              "Divergence against bits",
              "KL divergence, nats a token",
              ComparedRow::klDivergence)
          .ifPresent(figures::add);
      cost(model, mine).ifPresent(figures::add);
    });
    return new Page(
        "Comparison report",
        models.size() == 1 ? models.keySet().iterator().next() : models.size() + " models",
        verdict(),
        highlights(),
        figures,
        List.of(new Facts("Results", true, table(rows))),
        run());
  }

  /** Winners by perplexity, in each model at each ratio. */
  private List<ComparedRow> winners() {
    List<ComparedRow> winners = new ArrayList<>();
    for (List<ComparedRow> mine : models.values()) {
      Map<Double, List<ComparedRow>> byRatio = new TreeMap<>();
      mine.stream()
          .filter(row -> !row.original() && row.perplexity() != null)
          .forEach(row -> byRatio.computeIfAbsent(row.ratio(), _ -> new ArrayList<>()).add(row));
      byRatio.values().stream()
          .map(each ->
              each.stream().min(Comparator.comparingDouble(ComparedRow::required)).orElseThrow())
          .forEach(winners::add);
    }
    return winners;
  }

  private String verdict() {
    List<ComparedRow> winners = winners();
    if (winners.isEmpty()) {
      return "Nothing has been compared yet.";
    }
    Map<String, List<ComparedRow>> won = new LinkedHashMap<>();
    winners.forEach(row -> won.computeIfAbsent(row.line(), _ -> new ArrayList<>()).add(row));
    if (models.size() > 1) {
      List<String> counts = new ArrayList<>();
      won.forEach((name, cases) -> counts.add("%s in %d".formatted(name, cases.size())));
      return "Of %d cases (a model at a ratio) perplexity rises least with %s."
          .formatted(winners.size(), String.join(", ", counts));
    }
    String original =
        rows.stream()
            .filter(row -> row.original() && row.perplexity() != null)
            .findFirst()
            .map(row -> " from " + Wording.number(row.required()))
            .orElse("");
    List<String> cases = new ArrayList<>();
    if (won.size() == 1) {
      winners.forEach(row ->
          cases.add(
              "to %s with %s removed"
                  .formatted(Wording.number(row.required()), Wording.percent(row.ratio()))));
      return "Perplexity rises least with %s:%s %s."
          .formatted(winners.getFirst().line(), original, String.join(", ", cases));
    }
    winners.forEach(row ->
        cases.add(
            "with %s to %s at %s removed"
                .formatted(
                    row.line(), Wording.number(row.required()), Wording.percent(row.ratio()))));
    return "Perplexity rises least%s %s.".formatted(original, String.join(", ", cases));
  }

  private List<Highlight> highlights() {
    List<Highlight> all = new ArrayList<>();
    for (ComparedRow row : winners()) {
      if (all.size() == 6) {
        break;
      }
      String where = models.size() == 1 ? "" : row.model() + ", ";
      all.add(
          new Highlight(
              "best with %s%s removed".formatted(where, Wording.percent(row.ratio())),
              row.line(),
              "perplexity " + Wording.number(row.required())));
    }
    return all;
  }

  private Optional<Figure> lines(
      String model,
      List<ComparedRow> mine,
      String id,
      String title,
      String what,
      Function<ComparedRow, @Nullable Double> measure) {
    Map<String, List<List<Double>>> points = new LinkedHashMap<>();
    Map<String, Integer> colours = new LinkedHashMap<>();
    List<List<Double>> all = new ArrayList<>();
    for (ComparedRow row : mine) {
      Double value = measure.apply(row);
      if (!row.original() && value != null && row.bitsPerWeight() != null) {
        List<Double> point = List.of(row.bitsPerWeight(), value);
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
      Double value = measure.apply(row);
      if (row.original() && value != null && value > 0) {
        lines.add(
            new Chart.Line(
                "original",
                "",
                0,
                null,
                true,
                List.of(List.of(least, value), List.of(most, value))));
      }
    }
    double lowest = all.stream().mapToDouble(List::getLast).min().orElseThrow();
    double highest = all.stream().mapToDouble(List::getLast).max().orElseThrow();
    boolean logarithmic = lowest > 0 && highest > DECADES * lowest;
    return Optional.of(
        new Figure(
            id(id, model),
            title(title, model),
            "Bits per weight are real ones on disk, masks included. Lower is better; compare at the"
                + " same bits.",
            "%d lines of %s over bits per weight, between %s and %s."
                .formatted(points.size(), what, Wording.number(lowest), Wording.number(highest)),
            new Chart.Lines(
                "bits per weight", Unit.NUMBER, what, Unit.NUMBER, logarithmic, "category", lines),
            table(mine)));
  }

  /** The rise of the loss as a map of methods and ratios. */
  private Optional<Figure> cost(String model, List<ComparedRow> mine) {
    List<ComparedRow> made =
        mine.stream().filter(row -> !row.original() && row.rise() != null).toList();
    List<String> names = made.stream().map(ComparedRow::line).distinct().toList();
    List<Double> ratios = made.stream().map(ComparedRow::ratio).distinct().sorted().toList();
    List<Chart.Cell> cells = new ArrayList<>();
    double largest = 1e-9;
    for (ComparedRow row : made) {
      double rise = Math.max(0, row.rise() == null ? 0 : row.rise());
      largest = Math.max(largest, rise);
      cells.add(
          new Chart.Cell(
              ratios.indexOf(row.ratio()),
              names.indexOf(row.line()),
              rise,
              row.line() + ", " + Wording.percent(row.ratio()) + " removed",
              ""));
    }
    return cells.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Figure(
                id("rise", model),
                title("What it cost", model),
                "Rise of the loss (logarithm of the perplexity) over the original's, in nats a token,"
                    + " by method and share of bits removed.",
                "Heat map of %d methods by %d ratios.".formatted(names.size(), ratios.size()),
                new Chart.Heat(
                    "removed",
                    ratios.stream().map(Wording::percent).toList(),
                    names,
                    "rise of the loss",
                    Unit.NUMBER,
                    "harm",
                    largest,
                    cells),
                table(mine)));
  }

  private String id(String id, String model) {
    int place = List.copyOf(models.keySet()).indexOf(model);
    return models.size() == 1 ? id : id + "-" + (place + 1);
  }

  private String title(String title, String model) {
    return models.size() == 1 ? title : title + ": " + model;
  }

  private Table table(Collection<ComparedRow> shown) {
    var table =
        Table.of(
            column("model", Unit.TEXT),
            column("method", Unit.TEXT),
            column("allocation", Unit.TEXT),
            column("asked", Unit.PERCENT),
            column("removed", Unit.PERCENT),
            column("bits a weight", Unit.NUMBER),
            column("model size", Unit.BYTES),
            column("perplexity", Unit.NUMBER),
            column("± perplexity", Unit.NUMBER),
            column("KL divergence", Unit.NUMBER),
            column("± KL", Unit.NUMBER),
            column("top-1 agreement", Unit.PERCENT),
            column("mean error", Unit.PERCENT));
    for (ComparedRow row : shown) {
      Double bytes = row.number("tensor_bytes");
      table.row(
          row.model(),
          row.method(),
          row.allocation(),
          row.original() ? null : row.ratio(),
          row.original() ? null : row.number("achieved"),
          row.bitsPerWeight(),
          bytes,
          row.perplexity(),
          row.number("perplexity_standard_error"),
          row.klDivergence(),
          row.number("kl_standard_error"),
          row.number("top_agreement"),
          row.original() ? null : row.number("error"));
    }
    return table;
  }

  private Run run() {
    List<String> names = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    List<Double> peaks = new ArrayList<>();
    for (ComparedRow row : rows) {
      Double took = row.number("seconds");
      Double peak = row.number("peak_bytes");
      if (!row.original() && took != null) {
        String where = models.size() == 1 ? "" : row.model() + ", ";
        names.add(where + row.line() + ", " + Wording.percent(row.ratio()));
        seconds.add(took);
        peaks.add(peak == null ? 0 : peak);
      }
    }
    if (names.isEmpty()) {
      return new Run(List.of(), List.of());
    }
    List<Figure> figures = new ArrayList<>();
    figures.add(RunFigures.time("Time of each compression", names, seconds));
    if (peaks.stream().anyMatch(peak -> peak > 0)) {
      figures.add(RunFigures.memory("Memory of each compression", names, peaks));
    }
    return new Run(figures, List.of());
  }
}
