package io.compot.report;

import static io.compot.report.Table.column;

import io.compot.report.Page.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Time and memory by stage. */
final class RunFigures {

  private RunFigures() {}

  /**
   * Figures of a run.
   *
   * @param run of a compression report
   * @param layers whose seconds go into a table
   */
  static Run of(JsonNode run, JsonNode layers) {
    List<Figure> figures = new ArrayList<>();
    JsonNode seconds = run.path("seconds_by_stage");
    double total = seconds.valueStream().mapToDouble(JsonNode::asDouble).sum();
    figures.add(
        figure(
            "time",
            "Time by stage",
            "%.1f seconds in all.".formatted(total),
            seconds,
            Unit.SECONDS));
    JsonNode memory = run.path("peak_anonymous_bytes_by_stage");
    long peak = run.path("peak_anonymous_bytes").asLong();
    if (peak > 0 && !memory.isEmpty()) {
      figures.add(
          figure(
              "memory",
              "Memory by stage",
              "Most resident memory of the program in each stage, without files that the system"
                  + " may drop; %s at most.".formatted(Wording.bytes(8 * peak)),
              memory,
              Unit.BYTES));
    }
    var table = Table.of(column("projection", Unit.TEXT), column("time", Unit.SECONDS));
    layers.forEach(
        layer -> table.row(layer.path("name").asString(), layer.path("seconds").asDouble()));
    List<Page.Facts> facts =
        table.rows().isEmpty()
            ? List.of()
            : List.of(new Page.Facts("Time by projection", false, table));
    return new Run(figures, facts);
  }

  private static Figure figure(
      String id, String title, String caption, JsonNode byStage, Unit unit) {
    List<String> stages = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    var table = Table.of(column("stage", Unit.TEXT), column(id, unit));
    byStage
        .properties()
        .forEach(stage -> {
          stages.add(stage.getKey());
          values.add(stage.getValue().asDouble());
          table.row(stage.getKey(), stage.getValue().asDouble());
        });
    return new Figure(
        id,
        title,
        caption,
        "Bars of " + title.toLowerCase(Locale.ROOT) + ". " + caption,
        new Chart.Bars(stages, unit, List.of(new Chart.Bar(title, values))),
        table);
  }
}
