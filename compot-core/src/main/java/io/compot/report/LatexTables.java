package io.compot.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A table a model, methods over ratios, every figure with its standard error where it has one. */
final class LatexTables {

  private final Map<String, List<ComparedRow>> models;
  private final JsonNode comparison;

  LatexTables(Map<String, List<ComparedRow>> models, JsonNode comparison) {
    this.models = models;
    this.comparison = comparison;
  }

  String text() {
    var tex = new StringBuilder("% Needs \\usepackage{booktabs}. Written by Compot.\n");
    comparison
        .path("versions")
        .properties()
        .forEach(each ->
            tex.append("% ")
                .append(each.getKey())
                .append(' ')
                .append(each.getValue().asString("").replaceAll("\\R", " "))
                .append('\n'));
    models.forEach((model, rows) -> {
      table(tex, model, rows);
      if (!ComparedRow.labels(rows).isEmpty()) {
        tasks(tex, model, rows);
      }
    });
    return tex.toString();
  }

  /** How it was measured, in a few words; empty where that is not told. */
  private String protocol(String model) {
    JsonNode protocol = comparison.path("protocols").path(model);
    return protocol.isObject()
        ? " (%d windows of %d tokens of %s)"
            .formatted(
                protocol.path("windows").asInt(0),
                protocol.path("window").asInt(0),
                escaped(name(protocol.path("text").asString(""))))
        : "";
  }

  /** A file's name without its folders. */
  private static String name(String path) {
    return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  }

  private void table(StringBuilder tex, String model, List<ComparedRow> rows) {
    tex.append("\\begin{table}\n\\centering\n\\small\n\\caption{")
        .append(escaped(model))
        .append(
            ": token perplexity and KL divergence to the original (nats a token) on held-out text"
                + protocol(model)
                + ", with standard errors over windows; bits are real ones a weight, masks and"
                + " scales included.}\n\\smallskip\n")
        .append("\\begin{tabular}{llrrrrr}\n\\toprule\n")
        .append(
            "Method & Allocation & Asked & Bits & MB & Perplexity & KL divergence \\\\\n\\midrule\n");
    for (ComparedRow row : rows) {
      tex.append(escaped(row.name()))
          .append(" & ")
          .append(escaped(row.allocation()))
          .append(" & ")
          .append(asked(row))
          .append(" & ")
          .append(number(row.bitsPerWeight(), 2))
          .append(" & ")
          .append(number(row.megabytes(), 1))
          .append(" & ")
          .append(measured(row.perplexity(), row.number("perplexity_standard_error"), 2))
          .append(" & ")
          .append(
              row.original()
                  ? ""
                  : measured(row.klDivergence(), row.number("kl_standard_error"), 4))
          .append(" \\\\\n")
          .append(row.original() ? "\\midrule\n" : "");
    }
    tex.append("\\bottomrule\n\\end{tabular}\n\\end{table}\n\n");
  }

  private static String asked(ComparedRow row) {
    return row.asked().startsWith("ratio ") && row.made()
        ? String.format(Locale.ROOT, "%.0f\\,\\%%", 100 * row.ratio())
        : escaped(row.size());
  }

  private static void tasks(StringBuilder tex, String model, List<ComparedRow> rows) {
    List<String> labels = ComparedRow.labels(rows);
    tex.append("\\begin{table}\n\\centering\n\\small\n\\caption{")
        .append(escaped(model))
        .append(": tasks, with standard errors over documents.}\n\\smallskip\n")
        .append("\\begin{tabular}{llr")
        .append("r".repeat(labels.size()))
        .append("}\n\\toprule\nMethod & Allocation & Asked");
    labels.forEach(label -> tex.append(" & ").append(escaped(label)));
    tex.append(" \\\\\n\\midrule\n");
    for (ComparedRow row : rows) {
      tex.append(escaped(row.name()))
          .append(" & ")
          .append(escaped(row.allocation()))
          .append(" & ")
          .append(asked(row));
      for (String label : labels) {
        ComparedRow.Task task = row.task(label);
        tex.append(" & ").append(task == null ? "" : measured(task.value(), task.error(), 4));
      }
      tex.append(" \\\\\n").append(row.original() ? "\\midrule\n" : "");
    }
    tex.append("\\bottomrule\n\\end{tabular}\n\\end{table}\n\n");
  }

  private static String measured(@Nullable Double value, @Nullable Double error, int digits) {
    String shown = number(value, digits);
    return shown.isEmpty() || error == null || error == 0
        ? shown
        : shown + " $\\pm$ " + number(error, digits);
  }

  private static String number(@Nullable Double value, int digits) {
    if (value == null) {
      return "";
    }
    double size = Math.abs(value);
    return size >= 1e5
        ? String.format(Locale.ROOT, "$%.1f \\times 10^{%d}$", value / power(size), exponent(size))
        : String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  private static int exponent(double size) {
    return (int) Math.floor(Math.log10(size));
  }

  private static double power(double size) {
    return Math.pow(10, exponent(size));
  }

  /** Names come from files and may hold what is special to TeX. */
  private static String escaped(String text) {
    var safe = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\\' -> safe.append("\\textbackslash{}");
        case '~' -> safe.append("\\textasciitilde{}");
        case '^' -> safe.append("\\textasciicircum{}");
        case '#', '$', '%', '&', '_', '{', '}' -> safe.append('\\').append(c);
        default -> safe.append(c);
      }
    }
    return safe.toString();
  }
}
