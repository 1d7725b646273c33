package io.compot.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A table a model, methods over ratios, every figure with its standard error where it has one. */
final class LatexTables {

  private final Map<String, List<ComparedRow>> models;

  LatexTables(Map<String, List<ComparedRow>> models) {
    this.models = models;
  }

  String text() {
    var tex = new StringBuilder("% Needs \\usepackage{booktabs}. Written by Compot.\n");
    models.forEach((model, rows) -> table(tex, model, rows));
    return tex.toString();
  }

  private static void table(StringBuilder tex, String model, List<ComparedRow> rows) {
    tex.append("\\begin{table}\n\\centering\n\\caption{")
        .append(escaped(model))
        .append(
            ": token perplexity and KL divergence to the original (nats a token) on held-out text,"
                + " with standard errors; bits are real ones a weight, masks included.}\n\\smallskip\n")
        .append("\\begin{tabular}{llrrrr}\n\\toprule\n")
        .append(
            "Method & Allocation & Removed & Bits & Perplexity & KL divergence \\\\\n\\midrule\n");
    for (ComparedRow row : rows) {
      tex.append(escaped(row.method()))
          .append(" & ")
          .append(escaped(row.allocation()))
          .append(" & ")
          .append(
              row.original() ? "" : String.format(Locale.ROOT, "%.0f\\,\\%%", 100 * row.ratio()))
          .append(" & ")
          .append(number(row.bitsPerWeight(), 2))
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
