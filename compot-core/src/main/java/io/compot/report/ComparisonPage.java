package io.compot.report;

import io.compot.report.Page.Facts;
import io.compot.report.Page.Highlight;
import io.compot.report.Page.Run;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The page of a comparison, from {@code results.json}: one scale of bits for all. */
final class ComparisonPage {

  private final Map<String, List<ComparedRow>> models = new LinkedHashMap<>();
  private final List<ComparedRow> rows;

  private final JsonNode comparison;

  private ComparisonPage(JsonNode comparison) {
    this.comparison = comparison;
    rows = ComparedRow.all(comparison);
    rows.forEach(row -> models.computeIfAbsent(row.model(), _ -> new ArrayList<>()).add(row));
  }

  static Page of(JsonNode comparison) {
    return new ComparisonPage(comparison).page();
  }

  private Page page() {
    List<Figure> figures = new ArrayList<>();
    models.forEach((model, mine) -> {
      int place = models.size() == 1 ? 0 : List.copyOf(models.keySet()).indexOf(model) + 1;
      figures.addAll(new ComparisonFigures(model, place, mine).all());
    });
    return new Page(
        "Comparison report",
        models.size() == 1 ? models.keySet().iterator().next() : models.size() + " models",
        verdict(),
        highlights(),
        figures,
        ComparisonFacts.of(comparison, rows),
        run());
  }

  /** Winners by perplexity, in each model at each size that was asked of several. */
  private List<ComparedRow> winners() {
    List<ComparedRow> winners = new ArrayList<>();
    for (List<ComparedRow> mine : models.values()) {
      Map<String, List<ComparedRow>> bySize = new LinkedHashMap<>();
      mine.stream()
          .filter(row -> row.made() && row.perplexity() != null)
          .sorted(Comparator.comparingDouble(ComparedRow::ratio))
          .forEach(row -> bySize.computeIfAbsent(row.asked(), _ -> new ArrayList<>()).add(row));
      // One alone at its size has won nothing, unless all are.
      boolean contests = bySize.values().stream().anyMatch(each -> each.size() > 1);
      bySize.values().stream()
          .filter(each -> each.size() > 1 || !contests)
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
      return "Of %d cases (a model at a size) perplexity rises least with %s."
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
      winners.forEach(
          row -> cases.add("to %s with %s".formatted(Wording.number(row.required()), row.size())));
      return "Perplexity rises least with %s:%s %s."
          .formatted(winners.getFirst().line(), original, String.join(", ", cases));
    }
    winners.forEach(row ->
        cases.add(
            "with %s to %s at %s"
                .formatted(row.line(), Wording.number(row.required()), row.size())));
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
              "best with %s%s".formatted(where, row.size()),
              row.line(),
              "perplexity " + Wording.number(row.required())));
    }
    return all;
  }

  private Run run() {
    List<Facts> facts = RunFigures.date(comparison.path("run"));
    List<String> names = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    List<Double> peaks = new ArrayList<>();
    for (ComparedRow row : rows) {
      Double took = row.number("seconds");
      Double peak = row.number("peak_bytes");
      if (row.made() && took != null) {
        String where = models.size() == 1 ? "" : row.model() + ", ";
        names.add(where + row.line() + ", " + row.size());
        seconds.add(took);
        peaks.add(peak == null ? 0 : peak);
      }
    }
    List<Figure> figures = new ArrayList<>();
    if (!names.isEmpty()) {
      figures.add(RunFigures.time("Time of each compression", names, seconds));
    }
    if (peaks.stream().anyMatch(peak -> peak > 0)) {
      figures.add(RunFigures.memory("Memory of each compression", names, peaks));
    }
    speed().ifPresent(figures::add);
    return new Run(figures, facts);
  }

  /** Tokens a second that models wrote; an original and what was made of it. */
  private Optional<Figure> speed() {
    List<String> names = new ArrayList<>();
    List<Double> speeds = new ArrayList<>();
    for (ComparedRow row : rows) {
      Double speed = row.number("tokens_per_second");
      if (speed != null && speed > 0) {
        String where = models.size() == 1 ? "" : row.model() + ", ";
        names.add(where + row.line() + (row.made() ? ", " + row.size() : ""));
        speeds.add(speed);
      }
    }
    return names.isEmpty() ? Optional.empty() : Optional.of(RunFigures.speed(names, speeds));
  }
}
