package io.compot.report;

import static io.compot.report.Table.column;

import io.compot.report.Page.Run;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Time and memory. */
final class RunFigures {

  private RunFigures() {}

  /**
   * Figures of a compression.
   *
   * @param run of its report
   * @param layers whose seconds go into a table
   */
  static Run of(JsonNode run, JsonNode layers) {
    List<Figure> figures = new ArrayList<>();
    JsonNode seconds = run.path("seconds_by_stage");
    if (!seconds.isEmpty()) {
      figures.add(time("Time by stage", names(seconds), values(seconds)));
    }
    JsonNode memory = run.path("peak_anonymous_bytes_by_stage");
    if (values(memory).stream().anyMatch(bytes -> bytes > 0)) {
      figures.add(memory("Memory by stage", names(memory), values(memory)));
    }
    var table = Table.of(column("projection", Unit.TEXT), column("time", Unit.SECONDS));
    layers.forEach(layer ->
        table.row(layer.path("name").asString(""), FactTables.number(layer.path("seconds"))));
    JsonNode speed = run.path("tokens_per_second");
    if (speed.isObject()) {
      figures.add(
          speed(
              List.of("original", "smaller"),
              List.of(speed.path("before").asDouble(0), speed.path("after").asDouble(0))));
    }
    List<Page.Facts> facts = new ArrayList<>(date(run));
    if (!table.rows().isEmpty()) {
      facts.add(new Page.Facts("Time by projection", false, table));
    }
    return new Run(figures, facts);
  }

  /** When it ended, where that is told. */
  static List<Page.Facts> date(JsonNode run) {
    String date = run.path("date").asString("");
    var table = Table.of(column("what", Unit.TEXT), column("when (UTC)", Unit.TEXT));
    return date.isEmpty()
        ? List.of()
        : List.of(new Page.Facts("Date", true, table.row("written", date)));
  }

  private static List<String> names(JsonNode object) {
    return List.copyOf(object.propertyNames());
  }

  private static List<Double> values(JsonNode object) {
    return object.valueStream().map(value -> value.asDouble(0)).toList();
  }

  static Figure time(String title, List<String> names, List<Double> seconds) {
    double total = seconds.stream().mapToDouble(Double::doubleValue).sum();
    String caption = Wording.seconds(total) + " in all.";
    return figure("time", title, caption, names, seconds, Unit.SECONDS);
  }

  static Figure memory(String title, List<String> names, List<Double> bytes) {
    double most = bytes.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    String caption =
        "Most resident memory of the program, without files that the system may drop; %s at most."
            .formatted(Wording.bytes(Math.round(8 * most)));
    return figure("memory", title, caption, names, bytes, Unit.BYTES);
  }

  /** Tokens a second. */
  static Figure speed(List<String> names, List<Double> speeds) {
    return figure(
        "speed",
        "Speed of writing",
        "Tokens a second behind a short prompt, one text at a time, on this machine.",
        names,
        speeds.stream().map(RunFigures::rough).toList(),
        Unit.NUMBER);
  }

  /** Three digits: the next run gives others. */
  private static double rough(double value) {
    return new BigDecimal(value).round(new MathContext(3)).doubleValue();
  }

  private static Figure figure(
      String id, String title, String caption, List<String> names, List<Double> values, Unit unit) {
    var table = Table.of(column("what", Unit.TEXT), column(id, unit));
    for (int i = 0; i < names.size(); i++) {
      table.row(names.get(i), values.get(i));
    }
    return new Figure(
        id,
        title,
        caption,
        "Bars. %s: %s".formatted(title, caption),
        new Chart.Bars(names, unit, List.of(new Chart.Bar(title, values))),
        table);
  }
}
