package io.compot.cli;

import io.compot.comparison.ComparisonRow;
import io.compot.comparison.TaskFigure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A comparison for people: a table a model, and one of its tasks. */
final class ComparedView {

  private ComparedView() {}

  static void print(List<ComparisonRow> rows, Screen results) {
    for (String model : rows.stream().map(ComparisonRow::model).distinct().toList()) {
      List<ComparisonRow> its = rows.stream().filter(row -> row.model().equals(model)).toList();
      quality(model, its).print(results);
      results.line();
      if (its.stream().anyMatch(row -> !row.tasks().isEmpty())) {
        tasks(model, its).print(results);
        results.line();
      }
    }
  }

  private static TextTable quality(String model, List<ComparisonRow> rows) {
    var table =
        new TextTable(
            model,
            "allocation",
            ">asked",
            ">bits a weight",
            ">model",
            ">mean error",
            ">perplexity",
            ">±",
            ">KL divergence",
            ">±",
            ">top-1",
            ">seconds");
    for (ComparisonRow row : rows) {
      boolean made = !row.original() && !row.setting().equals(ComparisonRow.FILE);
      table.row(
          row.name(),
          row.allocation(),
          asked(row),
          String.format(Locale.ROOT, "%.3f", row.bitsPerWeight()),
          Quantity.bits(row.tensorBytes() * 8),
          made ? Quantity.error(row.error()) : "",
          Quantity.perplexity(row.perplexity()),
          error(row.perplexityStandardError(), "%.2f"),
          row.original() ? "" : String.format(Locale.ROOT, "%.5f", row.klDivergence()),
          row.original() ? "" : error(row.klStandardError(), "%.5f"),
          row.original() ? "" : String.format(Locale.ROOT, "%.3f", row.topAgreement()),
          made ? String.format(Locale.ROOT, "%.1f", row.seconds()) : "");
    }
    return table;
  }

  private static TextTable tasks(String model, List<ComparisonRow> rows) {
    List<String> labels =
        rows.stream()
            .flatMap(row -> row.tasks().stream())
            .map(TaskFigure::label)
            .distinct()
            .toList();
    List<String> heads = new ArrayList<>(List.of(model, "allocation", ">asked"));
    labels.forEach(label -> heads.addAll(List.of(">" + label, ">±")));
    var table = new TextTable(heads.toArray(String[]::new));
    for (ComparisonRow row : rows) {
      List<String> cells = new ArrayList<>(List.of(row.name(), row.allocation(), asked(row)));
      for (String label : labels) {
        var figure = row.tasks().stream().filter(each -> each.label().equals(label)).findFirst();
        cells.add(figure.map(each -> number(each.value())).orElse(""));
        cells.add(figure.map(TaskFigure::standardError).map(ComparedView::number).orElse(""));
      }
      table.row(cells.toArray(String[]::new));
    }
    return table;
  }

  /** A ratio as its number alone, as it is mostly asked for. */
  private static String asked(ComparisonRow row) {
    return switch (row.setting()) {
      case "", ComparisonRow.FILE -> "";
      case "ratio", "size" -> row.asked();
      default -> row.setting() + " " + row.asked();
    };
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) < 1e4 ? "%.4f" : "%.4g", value);
  }

  private static String error(double value, String format) {
    return value > 0 && Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "";
  }
}
