package io.compot.report;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One row of a comparison's {@code results}. */
record ComparedRow(String model, String method, String allocation, double ratio, JsonNode fields) {

  static List<ComparedRow> all(JsonNode comparison) {
    return comparison
        .path("results")
        .valueStream()
        .map(row ->
            new ComparedRow(
                row.path("model").asString("model"),
                row.path("method").asString(""),
                row.path("allocation").asString(""),
                row.path("ratio").asDouble(0),
                row))
        .toList();
  }

  boolean original() {
    return method.equals("original");
  }

  /** The name of its line. */
  String line() {
    return original() || allocation.equals("uniform") || allocation.isEmpty()
        ? method
        : method + ", " + allocation;
  }

  /** A field that is a finite number, or null. */
  @Nullable Double number(String field) {
    return FactTables.number(fields.path(field));
  }

  @Nullable Double bitsPerWeight() {
    return number("bits_per_weight");
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
