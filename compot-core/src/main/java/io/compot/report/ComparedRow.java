package io.compot.report;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One row of a comparison's {@code results}.
 *
 * @param asked the setting that said how small it was to be, and its value: "ratio 0.2"
 */
record ComparedRow(
    String model, String method, String allocation, String asked, double ratio, JsonNode fields) {

  /** A figure of a task. */
  record Task(String label, double value, @Nullable Double error, boolean higherIsBetter) {}

  static List<ComparedRow> all(JsonNode comparison) {
    return comparison.path("results").valueStream().map(ComparedRow::of).toList();
  }

  private static ComparedRow of(JsonNode row) {
    double ratio = row.path("ratio").asDouble(0);
    String setting = row.path("setting").asString("ratio");
    return new ComparedRow(
        row.path("model").asString("model"),
        row.path("method").asString(""),
        row.path("allocation").asString(""),
        setting + " " + row.path("asked").asString(Double.toString(ratio)),
        ratio,
        row);
  }

  boolean original() {
    return method.equals("original");
  }

  /** Whether it was there before the comparison. */
  boolean found() {
    return asked.startsWith("file ");
  }

  /** Whether the comparison made it. */
  boolean made() {
    return !original() && !found();
  }

  /** How small it was to be, for people. */
  String size() {
    if (!made()) {
      return "";
    }
    String value = asked.substring(asked.indexOf(' ') + 1);
    if (asked.startsWith("ratio ")) {
      return Wording.percent(ratio) + " removed";
    }
    return asked.startsWith("size ")
        ? value
        : asked.startsWith("bits ") ? value + " bits" : "width " + value;
  }

  /** The method with its settings. */
  String name() {
    String settings = fields.path("settings").asString("");
    return settings.isEmpty() ? method : method + " (" + settings + ")";
  }

  /** The name of its line. */
  String line() {
    return !made() || allocation.equals("uniform") || allocation.isEmpty()
        ? name()
        : name() + ", " + allocation;
  }

  /** Figures of its tasks. */
  List<Task> tasks() {
    return fields
        .path("tasks")
        .valueStream()
        .map(task ->
            new Task(
                task.path("name").asString("") + " " + task.path("metric").asString(""),
                task.path("value").asDouble(0),
                FactTables.number(task.path("standard_error")),
                task.path("higher_is_better").asBoolean(true)))
        .toList();
  }

  /** The figure of a task, or null. */
  @Nullable Task task(String label) {
    return tasks().stream().filter(each -> each.label().equals(label)).findFirst().orElse(null);
  }

  /** All tasks that any of these rows has. */
  static List<String> labels(List<ComparedRow> rows) {
    return rows.stream().flatMap(row -> row.tasks().stream()).map(Task::label).distinct().toList();
  }

  /** A field that is a finite number, or null. */
  @Nullable Double number(String field) {
    return FactTables.number(fields.path(field));
  }

  /** A standard error; null where it is not known. */
  @Nullable Double error(String field) {
    Double error = number(field);
    return error == null || error <= 0 ? null : error;
  }

  /** Real ones of the projections; null where they are not known. */
  @Nullable Double bitsPerWeight() {
    Double bits = number("bits_per_weight");
    return bits == null || bits <= 0 ? null : bits;
  }

  /** Of all weight files, in MB. */
  @Nullable Double megabytes() {
    Double bytes = number("file_bytes");
    return bytes == null || bytes <= 0 ? null : bytes / 1e6;
  }

  @Nullable Double perplexity() {
    return number("perplexity");
  }

  /** The perplexity of a row that has one. */
  double required() {
    return Objects.requireNonNull(perplexity());
  }

  @Nullable Double klDivergence() {
    return number("kl_divergence");
  }

  @Nullable Double rise() {
    return number("log_perplexity_rise");
  }
}
