package io.compot.cli;

import io.compot.error.CompotException;
import io.compot.evaluation.result.Comparison;
import io.compot.evaluation.result.ResultsFile;
import io.compot.report.HtmlReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Two results files beside each other: {@code eval --compare}. */
final class ResultsComparison {

  private final Path first;
  private final Path second;
  private final List<Comparison> comparisons;

  /**
   * Reads both files.
   *
   * @throws CompotException naming what cannot be compared
   */
  ResultsComparison(Path first, Path second) throws CompotException {
    this.first = first;
    this.second = second;
    this.comparisons = Comparison.of(first, second);
  }

  /** A table for people, and a line for each figure that was measured in two ways. */
  void print(Screen results) {
    TextTable table =
        new TextTable("task", "metric", ">first", ">second", ">difference", ">± error", "verdict");
    for (Comparison each : comparisons) {
      Double error = each.standardError();
      table.row(
          each.name(),
          each.metric(),
          number("%.4f", each.first()),
          number("%.4f", each.second()),
          each.incomparable() == null ? number("%+.4f", each.difference()) : "",
          error == null ? "" : number("%.4f", error),
          verdict(each));
    }
    table.print(results);
    results.line();
    results.wrapped("first   ", first.toString());
    results.wrapped("second  ", second.toString());
    results.wrapped(
        "        ",
        "The difference is second minus first; its standard error is paired over documents;"
            + " beyond 1.96 of them it is more than noise (95 %).");
    for (Comparison each : comparisons) {
      if (each.incomparable() != null) {
        results.wrapped(
            "", each.name() + " " + each.metric() + ": not measured alike, " + each.incomparable());
      }
    }
  }

  private static String verdict(Comparison each) {
    if (each.incomparable() != null) {
      return "not comparable";
    }
    if (each.standardError() == null) {
      return "error unknown";
    }
    if (!each.significant()) {
      return "noise";
    }
    boolean better = each.difference() > 0 == each.higherIsBetter();
    return "second is " + (better ? "better" : "worse");
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, Math.abs(value) < 1e4 ? format : "%.4g", value);
  }

  /** The same for a machine. */
  Map<String, Object> json() {
    List<Map<String, Object>> entries = new ArrayList<>();
    for (Comparison each : comparisons) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("name", each.name());
      entry.put("metric", each.metric());
      entry.put("first", each.first());
      entry.put("second", each.second());
      entry.put("difference", each.difference());
      put(entry, "standard_error", each.standardError());
      entry.put("higher_is_better", each.higherIsBetter());
      if (each.standardError() != null) {
        entry.put("more_than_noise", each.significant());
      }
      put(entry, "incomparable", each.incomparable());
      entries.add(entry);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("first", first.toString());
    all.put("second", second.toString());
    all.put("comparisons", entries);
    return all;
  }

  /** The same as a page. */
  String page() throws CompotException {
    return HtmlReport.ofEvaluations(ResultsFile.whole(first), ResultsFile.whole(second), json());
  }

  private static void put(Map<String, Object> entry, String name, @Nullable Object value) {
    if (value != null) {
      entry.put(name, value);
    }
  }
}
