package io.compot.cli;

import io.compot.comparison.ComparisonResults;
import io.compot.comparison.ComparisonRow;
import io.compot.comparison.TaskFigure;
import io.compot.report.ReportJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A comparison as a table for programs: a heading and a line a row, under the names of the JSON
 * form. Behind a row's own figures stand those of its tasks, and what it was measured with.
 */
final class ComparedCsv {

  /** Of a model's protocol. */
  private static final List<String> PROTOCOL =
      List.of("text", "sha256", "window", "windows", "scored", "computation");

  private ComparedCsv() {}

  static String of(ComparisonResults results) {
    List<String> tasks =
        results.rows().stream()
            .flatMap(row -> row.tasks().stream())
            .map(TaskFigure::label)
            .distinct()
            .toList();
    var text = new StringBuilder();
    for (ComparisonRow row : results.rows()) {
      Map<String, String> fields = new LinkedHashMap<>(ReportJson.fields(row));
      fields.remove("tasks");
      fields.remove("sample");
      tasks.forEach(task -> put(fields, task, row));
      Map<String, Object> protocol = results.protocols().getOrDefault(row.model(), Map.of());
      PROTOCOL.forEach(
          name -> fields.put("protocol_" + name, String.valueOf(protocol.getOrDefault(name, ""))));
      fields.put("seed", results.settings().getOrDefault(row.model() + ": seed", ""));
      fields.putAll(results.versions());
      if (text.isEmpty()) {
        text.append(line(new ArrayList<>(fields.keySet())));
      }
      text.append(line(new ArrayList<>(fields.values())));
    }
    return text.toString();
  }

  private static void put(Map<String, String> fields, String task, ComparisonRow row) {
    String name = task.replace(' ', '_');
    fields.put(name, "");
    fields.put(name + "_standard_error", "");
    for (TaskFigure figure : row.tasks()) {
      if (figure.label().equals(task)) {
        Double error = figure.standardError();
        fields.put(name, Double.toString(figure.value()));
        fields.put(name + "_standard_error", error == null ? "" : Double.toString(error));
      }
    }
  }

  private static String line(List<String> values) {
    return values.stream().map(ComparedCsv::quoted).collect(Collectors.joining(",")) + "\n";
  }

  /** As RFC 4180 has it: names come from files. */
  private static String quoted(String value) {
    return value.matches("(?s).*[,\"\r\n].*") ? '"' + value.replace("\"", "\"\"") + '"' : value;
  }
}
