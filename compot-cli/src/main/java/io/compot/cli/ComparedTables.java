package io.compot.cli;

import io.compot.comparison.ComparisonRow;
import io.compot.comparison.TaskFigure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * A comparison as Markdown: for each model a table of methods over sizes, the least divergence in
 * bold, and what {@code compot+} leaves of the damage of the best of the others.
 */
final class ComparedTables {

  private static final String OURS = "compot+";
  private static final String NONE = "–";

  private final List<ComparisonRow> rows;
  private final List<String> sizes;

  private ComparedTables(List<ComparisonRow> rows) {
    this.rows = rows;
    this.sizes =
        rows.stream()
            .filter(row -> !row.original() && !found(row))
            .sorted(
                Comparator.comparing(ComparisonRow::setting)
                    .thenComparingDouble(ComparedTables::number))
            .map(ComparedTables::size)
            .distinct()
            .toList();
  }

  private static boolean found(ComparisonRow row) {
    return row.setting().equals(ComparisonRow.FILE);
  }

  /** A ratio is its number alone. */
  private static String size(ComparisonRow row) {
    return row.setting().equals("ratio") ? row.asked() : row.setting() + " " + row.asked();
  }

  /** To sort by: a size in bytes by its digits, which is near enough. */
  private static double number(ComparisonRow row) {
    try {
      return Double.parseDouble(row.asked().replaceAll("[^0-9.]", ""));
    } catch (NumberFormatException _) {
      return 0;
    }
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
          .filter(row -> !row.original() && !found(row))
          .map(row -> row.name() + ", " + row.allocation())
          .distinct()
          .forEach(line -> text.append(line(line, its)));
      text.append("\n");
      models(text, its);
      tasks(text, its);
    });
    if (rows.stream().anyMatch(row -> row.method().equals(OURS))) {
      text.append("### compot+ as a part of the best of the others\n\n");
      text.append("KL divergence / rise of log-perplexity\n\n").append(heading("model"));
      models.forEach((model, its) ->
          text.append("| ")
              .append(model)
              .append(" | ")
              .append(
                  sizes.stream().map(size -> part(its, size)).collect(Collectors.joining(" | ")))
              .append(" |\n"));
    }
    return text.toString();
  }

  private String heading(String first) {
    return "| %s | %s |\n|---|%s\n"
        .formatted(first, String.join(" | ", sizes), "---|".repeat(sizes.size()));
  }

  private String line(String line, List<ComparisonRow> its) {
    var text = new StringBuilder("| ").append(line).append(" |");
    for (String size : sizes) {
      String cell =
          at(its, size).stream()
              .filter(row -> (row.name() + ", " + row.allocation()).equals(line))
              .findFirst()
              .map(row -> {
                String both =
                    "%s ± %s / %s ± %s"
                        .formatted(
                            divergence(row.klDivergence()),
                            divergence(row.klStandardError()),
                            perplexity(row.perplexity()),
                            perplexity(row.perplexityStandardError()));
                return row.klDivergence() <= least(its, size, ComparisonRow::klDivergence)
                    ? "**" + both + "**"
                    : both;
              })
              .orElse(NONE);
      text.append(' ').append(cell).append(" |");
    }
    return text.append('\n').toString();
  }

  /** Models that were there, and what all models take on disk. */
  private static void models(StringBuilder text, List<ComparisonRow> its) {
    if (its.stream().noneMatch(ComparedTables::found)) {
      return;
    }
    text.append("| model that was there | stored as | MB on disk | KL divergence | perplexity |\n")
        .append("|---|---|---|---|---|\n");
    its.stream()
        .filter(ComparedTables::found)
        .forEach(row ->
            text.append(
                "| %s | %s | %s | %s ± %s | %s ± %s |\n"
                    .formatted(
                        row.method(),
                        row.allocation(),
                        String.format(Locale.ROOT, "%.2f", row.fileBytes() / 1e6),
                        divergence(row.klDivergence()),
                        divergence(row.klStandardError()),
                        perplexity(row.perplexity()),
                        perplexity(row.perplexityStandardError()))));
    text.append("\n");
  }

  private static void tasks(StringBuilder text, List<ComparisonRow> its) {
    List<String> labels =
        its.stream()
            .flatMap(row -> row.tasks().stream())
            .map(TaskFigure::label)
            .distinct()
            .toList();
    if (labels.isEmpty()) {
      return;
    }
    text.append("| method, allocation | size | ")
        .append(String.join(" | ", labels))
        .append(" |\n|---|---|")
        .append("---|".repeat(labels.size()))
        .append("\n");
    for (ComparisonRow row : its) {
      text.append("| ")
          .append(row.original() ? row.method() : row.name() + ", " + row.allocation())
          .append(" | ")
          .append(row.original() || found(row) ? "" : size(row));
      for (String label : labels) {
        text.append(" | ")
            .append(
                row.tasks().stream()
                    .filter(each -> each.label().equals(label))
                    .findFirst()
                    .map(ComparedTables::measured)
                    .orElse(NONE));
      }
      text.append(" |\n");
    }
    text.append("\n");
  }

  private static String measured(TaskFigure figure) {
    String value = String.format(Locale.ROOT, "%.4f", figure.value());
    Double error = figure.standardError();
    return error == null ? value : value + String.format(Locale.ROOT, " ± %.4f", error);
  }

  private String part(List<ComparisonRow> its, String size) {
    List<ComparisonRow> others =
        at(its, size).stream().filter(row -> !row.method().equals(OURS)).toList();
    return at(its, size).stream()
        .filter(row -> row.method().equals(OURS) && !others.isEmpty())
        .findFirst()
        .map(row ->
            String.format(
                Locale.ROOT,
                "%.2f / %.2f",
                row.klDivergence() / least(others, size, ComparisonRow::klDivergence),
                row.logPerplexityRise() / least(others, size, ComparisonRow::logPerplexityRise)))
        .orElse(NONE);
  }

  private static List<ComparisonRow> at(List<ComparisonRow> its, String size) {
    return its.stream()
        .filter(row -> !row.original() && !found(row) && size(row).equals(size))
        .toList();
  }

  private static double least(
      List<ComparisonRow> its, String size, ToDoubleFunction<ComparisonRow> measure) {
    return at(its, size).stream().mapToDouble(measure).min().orElse(Double.NaN);
  }

  private static String divergence(double value) {
    return String.format(Locale.ROOT, value < 0.1 ? "%.5f" : "%.3f", value);
  }

  private static String perplexity(double value) {
    return String.format(Locale.ROOT, value < 1000 ? "%.2f" : "%.0f", value);
  }
}
