package io.compot.cli;

import io.compot.comparison.ComparisonRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * A comparison as Markdown: for each model a table of methods over ratios, the least divergence in
 * bold, and what {@code compot+} leaves of the damage of the best of the others.
 */
final class ComparedTables {

  private static final String OURS = "compot+";
  private static final String NONE = "–";

  private final List<ComparisonRow> rows;
  private final List<Double> ratios;

  private ComparedTables(List<ComparisonRow> rows) {
    this.rows = rows;
    this.ratios =
        List.copyOf(
            rows.stream()
                .filter(row -> !row.original())
                .map(ComparisonRow::ratio)
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  static String markdown(List<ComparisonRow> rows) {
    return new ComparedTables(rows).text();
  }

  private String text() {
    var text = new StringBuilder();
    Map<String, List<ComparisonRow>> models = new LinkedHashMap<>();
    rows.forEach(row -> models.computeIfAbsent(row.model(), _ -> new ArrayList<>()).add(row));
    models.forEach((model, its) -> {
      text.append("### ").append(model).append("\n\n");
      text.append("KL divergence ± standard error / perplexity ± standard error (");
      its.stream()
          .filter(ComparisonRow::original)
          .forEach(row ->
              text.append("dense ")
                  .append(perplexity(row.perplexity()))
                  .append(" ± ")
                  .append(perplexity(row.perplexityStandardError())));
      text.append(")\n\n").append(heading("method, allocation"));
      its.stream()
          .filter(row -> !row.original())
          .map(row -> row.method() + ", " + row.allocation())
          .distinct()
          .forEach(line -> text.append(line(line, its)));
      text.append("\n");
    });
    if (rows.stream().anyMatch(row -> row.method().equals(OURS))) {
      text.append("### compot+ as a part of the best of the others\n\n");
      text.append("KL divergence / rise of log-perplexity\n\n").append(heading("model"));
      models.forEach((model, its) ->
          text.append("| ")
              .append(model)
              .append(" | ")
              .append(
                  ratios.stream().map(ratio -> part(its, ratio)).collect(Collectors.joining(" | ")))
              .append(" |\n"));
    }
    return text.toString();
  }

  private String heading(String first) {
    return "| %s | %s |\n|---|%s\n"
        .formatted(
            first,
            ratios.stream().map(String::valueOf).collect(Collectors.joining(" | ")),
            "---|".repeat(ratios.size()));
  }

  private String line(String line, List<ComparisonRow> its) {
    var text = new StringBuilder("| ").append(line).append(" |");
    for (double ratio : ratios) {
      String cell =
          at(its, ratio).stream()
              .filter(row -> (row.method() + ", " + row.allocation()).equals(line))
              .findFirst()
              .map(row -> {
                String both =
                    "%s ± %s / %s ± %s"
                        .formatted(
                            divergence(row.klDivergence()),
                            divergence(row.klStandardError()),
                            perplexity(row.perplexity()),
                            perplexity(row.perplexityStandardError()));
                return row.klDivergence() <= least(its, ratio, ComparisonRow::klDivergence)
                    ? "**" + both + "**"
                    : both;
              })
              .orElse(NONE);
      text.append(' ').append(cell).append(" |");
    }
    return text.append('\n').toString();
  }

  private String part(List<ComparisonRow> its, double ratio) {
    List<ComparisonRow> others =
        at(its, ratio).stream().filter(row -> !row.method().equals(OURS)).toList();
    return at(its, ratio).stream()
        .filter(row -> row.method().equals(OURS) && !others.isEmpty())
        .findFirst()
        .map(row ->
            String.format(
                Locale.ROOT,
                "%.2f / %.2f",
                row.klDivergence() / least(others, ratio, ComparisonRow::klDivergence),
                row.logPerplexityRise() / least(others, ratio, ComparisonRow::logPerplexityRise)))
        .orElse(NONE);
  }

  private static List<ComparisonRow> at(List<ComparisonRow> its, double ratio) {
    return its.stream().filter(row -> !row.original() && row.ratio() == ratio).toList();
  }

  private static double least(
      List<ComparisonRow> its, double ratio, ToDoubleFunction<ComparisonRow> measure) {
    return at(its, ratio).stream().mapToDouble(measure).min().orElse(Double.NaN);
  }

  private static String divergence(double value) {
    return String.format(Locale.ROOT, value < 0.1 ? "%.5f" : "%.3f", value);
  }

  private static String perplexity(double value) {
    return String.format(Locale.ROOT, value < 1000 ? "%.2f" : "%.0f", value);
  }
}
