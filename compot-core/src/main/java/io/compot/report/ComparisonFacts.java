package io.compot.report;

import static io.compot.report.Table.column;

import io.compot.report.Page.Facts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The tables of a comparison's page: its results, and how they were made. */
final class ComparisonFacts {

  private ComparisonFacts() {}

  static List<Facts> of(JsonNode comparison, List<ComparedRow> rows) {
    List<Facts> all = new ArrayList<>();
    all.add(new Facts("Results", true, table(rows)));
    add(all, "Tasks", true, tasks(rows));
    add(all, "How they go on with the text", true, samples(comparison, rows));
    add(all, "How it was measured", false, pairs("of", comparison.path("protocols")));
    add(all, "Settings", false, pairs("setting", comparison.path("settings")));
    add(all, "Inputs (SHA-256)", false, pairs("file", comparison.path("inputs")));
    add(all, "Versions", false, pairs("program", comparison.path("versions")));
    return all;
  }

  private static Table pairs(String what, JsonNode object) {
    return FactTables.pairs(what, object);
  }

  private static void add(List<Facts> all, String title, boolean open, Table table) {
    if (!table.rows().isEmpty()) {
      all.add(new Facts(title, open, table));
    }
  }

  /** Rows with all that they have. */
  static Table table(Collection<ComparedRow> shown) {
    var table =
        Table.of(
            column("model", Unit.TEXT),
            column("method", Unit.TEXT),
            column("allocation", Unit.TEXT),
            column("asked", Unit.TEXT),
            column("removed", Unit.PERCENT),
            column("bits a weight", Unit.NUMBER),
            column("model size", Unit.BYTES),
            column("files", Unit.BYTES),
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
          row.name(),
          row.allocation(),
          row.size(),
          row.original() ? null : row.number("achieved"),
          row.bitsPerWeight(),
          bytes,
          row.number("file_bytes"),
          row.perplexity(),
          row.error("perplexity_standard_error"),
          row.klDivergence(),
          row.error("kl_standard_error"),
          row.number("top_agreement"),
          row.made() ? row.number("error") : null);
    }
    return table;
  }

  private static Table tasks(List<ComparedRow> rows) {
    var table =
        Table.of(
            column("model", Unit.TEXT),
            column("method", Unit.TEXT),
            column("asked", Unit.TEXT),
            column("task", Unit.TEXT),
            column("value", Unit.NUMBER),
            column("±", Unit.NUMBER));
    for (ComparedRow row : rows) {
      for (ComparedRow.Task task : row.tasks()) {
        table.row(row.model(), row.line(), row.size(), task.label(), task.value(), task.error());
      }
    }
    return table;
  }

  private static Table samples(JsonNode comparison, List<ComparedRow> rows) {
    var table =
        Table.of(
            column("model", Unit.TEXT),
            column("method", Unit.TEXT),
            column("asked", Unit.TEXT),
            column("text", Unit.TEXT));
    for (ComparedRow row : rows) {
      String text = row.fields().path("sample").asString("");
      if (!text.isBlank()) {
        String prompt = comparison.path("protocols").path(row.model()).path("prompt").asString("");
        table.row(row.model(), row.line(), row.size(), prompt + " […] " + text.strip());
      }
    }
    return table;
  }
}
