package io.compot.report;

import static io.compot.report.Table.column;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What projections became, by method and form, what other sizes would have cost, and how training
 * went.
 */
final class MixFigures {

  private final JsonNode report;

  private MixFigures(JsonNode report) {
    this.report = report;
  }

  /** Those that the report has something for. */
  static List<Figure> of(JsonNode report) {
    var figures = new MixFigures(report);
    List<Figure> all = new ArrayList<>();
    figures.forms().ifPresent(all::add);
    figures.curve().ifPresent(all::add);
    figures.training().ifPresent(all::add);
    return all;
  }

  /** Bytes by method and form: said where there is more than one. */
  private Optional<Figure> forms() {
    Map<String, Double> bytes = new TreeMap<>();
    Map<String, Double> counts = new LinkedHashMap<>();
    for (JsonNode layer : report.path("layers")) {
      String kind = kind(layer);
      bytes.merge(kind, layer.path("bits").asDouble(0) / 8, Double::sum);
      counts.merge(kind, 1.0, Double::sum);
    }
    if (bytes.size() < 2) {
      return Optional.empty();
    }
    List<Chart.Bar> bars = new ArrayList<>();
    var table =
        Table.of(
            column("stored as", Unit.TEXT),
            column("projections", Unit.NUMBER),
            column("size", Unit.BYTES));
    bytes.forEach((kind, size) -> {
      bars.add(new Chart.Bar(kind, List.of(size)));
      table.row(kind, counts.getOrDefault(kind, 0.0), size);
    });
    return Optional.of(
        new Figure(
            "mix",
            "What was chosen",
            "For each projection the allocation chose a method and a form; here is how many bytes"
                + " each of them holds. The table says how many projections they are.",
            "A stacked bar of the projections' bytes by method and form.",
            new Chart.Bars(List.of("projections"), Unit.BYTES, bars),
            table));
  }

  /** The method, and the form without its size: widths in full, ranks and atoms left out. */
  private static String kind(JsonNode layer) {
    String size = layer.path("size").asString("");
    String form = layer.path("form").asString("");
    String numbers = size.replaceAll("^(k \\d+, s \\d+|rank \\d+)", form);
    String method = layer.path("method").asString("");
    return method.isEmpty() ? numbers : method + ": " + numbers;
  }

  private Optional<Figure> curve() {
    JsonNode curve = report.path("curve");
    if (!curve.isObject()) {
      return Optional.empty();
    }
    List<List<Double>> points = new ArrayList<>();
    var table =
        Table.of(
            column("size of the projections", Unit.BYTES),
            column("expected rise of the loss", Unit.NUMBER));
    for (JsonNode point : curve.path("points")) {
      add(point, points);
      table.row(point.path("bits").asDouble(0) / 8, FactTables.number(point.path("rise")));
    }
    JsonNode chosen = curve.path("chosen");
    double bytes = chosen.path("bits").asDouble(0) / 8;
    double rise = chosen.path("rise").asDouble(0);
    List<Chart.Line> lines = new ArrayList<>();
    lines.add(new Chart.Line("other sizes", "", 0, null, false, points));
    List<List<Double>> cross = new ArrayList<>();
    if (rise > 0) {
      double least = points.stream().mapToDouble(List::getLast).min().orElse(rise);
      cross.add(List.of(bytes, Math.min(least, rise)));
      cross.add(List.of(bytes, rise));
    }
    lines.add(new Chart.Line("this model", "", 1, null, true, cross));
    return Optional.of(
        new Figure(
            "curve",
            "What other sizes would cost",
            "The rise of the loss that the allocation expects at each size of the projections, in"
                + " nats a token; the dashed line is at this model's size, %s, where it expects %s."
                    .formatted(Wording.bytes(Math.round(8 * bytes)), Wording.number(rise)),
            "A falling line of the expected rise of the loss over size, with this model's size.",
            new Chart.Lines(
                "size of the projections",
                Unit.BYTES,
                "expected rise of the loss",
                Unit.NUMBER,
                true,
                "category",
                lines),
            table));
  }

  /** The loss on what was held out, look after look. */
  private Optional<Figure> training() {
    JsonNode training = report.path("training");
    if (!training.isObject()) {
      return Optional.empty();
    }
    String loss = training.path("loss").asString("");
    List<List<Double>> points = new ArrayList<>();
    var table = Table.of(column("rounds over the text", Unit.NUMBER), column("loss", Unit.NUMBER));
    for (JsonNode point : training.path("points")) {
      double rounds = point.path("rounds").asDouble(0);
      table.row(rounds, FactTables.number(point.path("loss")));
      if (point.path("loss").isNumber() && Double.isFinite(point.path("loss").asDouble())) {
        points.add(List.of(rounds, point.path("loss").asDouble()));
      }
    }
    JsonNode best = training.path("points").path(training.path("best").asInt(0));
    return Optional.of(
        new Figure(
            "training",
            "How training went",
            "The %s, on windows that the model was not trained on; kept is what it was after %s rounds: %s."
                .formatted(
                    loss,
                    Wording.number(best.path("rounds").asDouble(0)),
                    Wording.number(best.path("loss").asDouble(0))),
            "A line of the loss on windows held out, over rounds of training.",
            new Chart.Lines(
                "rounds over the text",
                Unit.NUMBER,
                loss,
                Unit.NUMBER,
                false,
                "category",
                List.of(new Chart.Line("held out", "", 0, null, false, points))),
            table));
  }

  /** A logarithmic axis has no zero. */
  private static void add(JsonNode point, List<List<Double>> points) {
    double rise = point.path("rise").asDouble(0);
    if (rise > 0) {
      points.add(List.of(point.path("bits").asDouble(0) / 8, rise));
    }
  }
}
