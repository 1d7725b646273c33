package io.compot.report;

import static io.compot.report.Table.column;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** The figures that show each projection at its place: depth and type. */
final class Projections {

  /**
   * One projection.
   *
   * @param layer its entry; null where it stayed dense
   */
  private record Entry(String name, ProjectionName place, @Nullable JsonNode layer) {

    double ratio() {
      return layer == null ? 0 : layer.path("ratio").asDouble(0);
    }

    double error() {
      if (layer == null) {
        return 0;
      }
      JsonNode errors = layer.path("relative_error");
      JsonNode whitened = errors.path("whitened");
      return (whitened.isNumber() ? whitened : errors.path("weight")).asDouble(0);
    }

    /** Of each weight, as it is stored. */
    double bits() {
      if (layer == null) {
        return 0;
      }
      double weights = layer.path("in").asDouble(0) * layer.path("out").asDouble(0);
      return weights == 0 ? 0 : layer.path("bits").asDouble(0) / weights;
    }

    /** Where the spectrum is cut: the rank, or the number of atoms. */
    @Nullable Double kept() {
      if (layer == null) {
        return null;
      }
      var facts = layer.path("facts").values().iterator();
      return facts.hasNext() ? facts.next().asDouble(0) : null;
    }
  }

  private final JsonNode report;
  private final List<Entry> entries = new ArrayList<>();
  private final List<String> kinds;
  private final Map<String, String> names;
  private final int deepest;

  private Projections(JsonNode report) {
    this.report = report;
    Map<String, ProjectionName> told = ProjectionName.told(report);
    report
        .path("layers")
        .forEach(layer -> {
          String name = layer.path("name").asString("");
          entries.add(new Entry(name, place(told, name), layer));
        });
    report
        .path("dense")
        .propertyNames()
        .forEach(name -> entries.add(new Entry(name, place(told, name), null)));
    Set<String> here = new HashSet<>();
    entries.forEach(entry -> here.add(entry.place().kind()));
    SequencedSet<String> inOrder = new LinkedHashSet<>();
    told.values().stream().map(ProjectionName::kind).filter(here::contains).forEach(inOrder::add);
    entries.forEach(entry -> inOrder.add(entry.place().kind()));
    kinds = List.copyOf(inOrder);
    names = ProjectionName.shortened(kinds);
    deepest = entries.stream().mapToInt(entry -> entry.place().block()).max().orElse(0);
  }

  private static ProjectionName place(Map<String, ProjectionName> told, String name) {
    ProjectionName place = told.get(name);
    return place == null ? ProjectionName.of(name) : place;
  }

  static Projections of(JsonNode report) {
    return new Projections(report);
  }

  double meanError() {
    return compressed().stream().mapToDouble(Entry::error).average().orElse(0);
  }

  private List<Entry> compressed() {
    return entries.stream().filter(entry -> entry.layer() != null).toList();
  }

  /** Whether there are several values to compare by their colours: one alone is told in words. */
  boolean mapped() {
    return !compressed().isEmpty() && entries.size() > 1;
  }

  /** What was removed, what it cost, and what is left, over depth and type. */
  List<Figure> maps() {
    if (!mapped()) {
      return List.of();
    }
    // Twice what was asked for, so that an even share has a colour in the middle.
    double even = Math.min(1, 2 * report.path("ratio").path("requested").asDouble(0));
    return List.of(
        map(
            "ratio",
            "What was removed",
            "Share of each projection's bits that is gone, by depth and type.",
            "removed",
            "gain",
            Unit.PERCENT,
            even,
            entries,
            Entry::ratio),
        map(
            "error",
            "What it cost",
            "Relative error of each projection's outputs on the calibration text, or of its weight"
                + " where there was none. Projections that stayed dense have no error and no cell.",
            "error",
            "harm",
            Unit.PERCENT,
            1e-9,
            compressed(),
            Entry::error),
        map(
            "bits",
            "What is left",
            "Bits a weight of each projection, by depth and type; the method and form behind them"
                + " are told at each cell.",
            "bits a weight",
            "gain",
            Unit.NUMBER,
            1e-9,
            compressed(),
            Entry::bits));
  }

  private Figure map(
      String id,
      String title,
      String caption,
      String what,
      String palette,
      Unit unit,
      double scale,
      List<Entry> shown,
      ToDoubleFunction<Entry> value) {
    Map<Integer, Map<String, List<Entry>>> places = new TreeMap<>();
    shown.forEach(entry ->
        places
            .computeIfAbsent(entry.place().block(), _ -> new LinkedHashMap<>())
            .computeIfAbsent(entry.place().kind(), _ -> new ArrayList<>())
            .add(entry));
    List<Integer> blocks = List.copyOf(places.keySet());
    List<Chart.Cell> cells = new ArrayList<>();
    places.forEach((block, byKind) ->
        byKind.forEach((kind, there) -> {
          double mean = there.stream().mapToDouble(value).average().orElse(0);
          cells.add(
              new Chart.Cell(
                  blocks.indexOf(block),
                  kinds.indexOf(kind),
                  mean,
                  there.size() == 1
                      ? there.getFirst().name()
                      : "block %d, %s: mean of %d".formatted(block, kind, there.size()),
                  note(there)));
        }));
    var least = shown.stream().min(Comparator.comparingDouble(value)).orElseThrow();
    var most = shown.stream().max(Comparator.comparingDouble(value)).orElseThrow();
    return new Figure(
        id,
        title,
        caption,
        "Heat map over %d types and %d blocks: %s from %s (%s) to %s (%s)."
            .formatted(
                kinds.size(),
                blocks.size(),
                what,
                said(unit, value.applyAsDouble(least)),
                least.name(),
                said(unit, value.applyAsDouble(most)),
                most.name()),
        new Chart.Heat(
            "block",
            blocks.stream().map(String::valueOf).toList(),
            kinds.stream().map(names::get).toList(),
            what,
            unit,
            palette,
            Math.max(scale, value.applyAsDouble(most)),
            cells),
        table());
  }

  private static String note(List<Entry> there) {
    JsonNode layer = there.getFirst().layer();
    if (there.size() > 1) {
      return "";
    }
    if (layer == null) {
      return "stays dense";
    }
    String method = layer.path("method").asString("");
    String size = layer.path("size").asString("");
    return method.isEmpty() ? size : method + ": " + size;
  }

  private static String said(Unit unit, double value) {
    return unit == Unit.PERCENT ? Wording.percent(value) : Wording.number(value);
  }

  Table table() {
    var table =
        Table.of(
            column("projection", Unit.TEXT),
            column("out", Unit.COUNT),
            column("in", Unit.COUNT),
            column("factors", Unit.TEXT),
            column("size", Unit.BYTES),
            column("removed", Unit.PERCENT),
            column("error of outputs", Unit.PERCENT),
            column("error of weight", Unit.PERCENT),
            column("whitening", Unit.TEXT),
            column("why", Unit.TEXT));
    for (Entry entry : entries) {
      JsonNode layer = entry.layer();
      if (layer == null) {
        table.row(entry.name(), null, null, "dense", null, 0.0, 0.0, 0.0, null, null);
        continue;
      }
      JsonNode errors = layer.path("relative_error");
      JsonNode whitened = errors.path("whitened");
      table.row(
          entry.name(),
          layer.path("out").asLong(0),
          layer.path("in").asLong(0),
          layer.path("size").asString(""),
          layer.path("bits").asLong(0) / 8.0,
          layer.path("ratio").asDouble(0),
          whitened.isNumber() ? whitened.asDouble(0) : null,
          errors.path("weight").asDouble(0),
          layer.path("whitening").asString(""),
          layer.path("why").asString(""));
    }
    return table;
  }

  /** Singular values, and how many of them the factors can hold. */
  Optional<Figure> spectra() {
    List<Chart.Line> lines = new ArrayList<>();
    for (Entry entry : compressed()) {
      JsonNode spectrum = spectrum(entry);
      if (spectrum.isObject()) {
        List<List<Double>> points = new ArrayList<>();
        JsonNode ranks = spectrum.path("ranks");
        for (int i = 0; i < ranks.size(); i++) {
          points.add(
              List.of(ranks.get(i).asDouble(0), spectrum.path("values").path(i).asDouble(0)));
        }
        lines.add(line(entry, entry.kept(), points));
      }
    }
    return lines.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Figure(
                "spectra",
                "Singular spectra",
                "Singular values of what was factorised (the whitened weight; without calibration"
                    + " the weight), relative to the largest. Solid up to the rank, or the number"
                    + " of atoms, that the factors have; dashed beyond. Faint is the first block,"
                    + " strong the last.",
                "Falling lines of singular values of %d projections, a panel a type."
                    .formatted(lines.size()),
                new Chart.Lines(
                    "place", Unit.COUNT, "σ / largest σ", Unit.NUMBER, true, "depth", lines),
                null));
  }

  private static JsonNode spectrum(Entry entry) {
    JsonNode layer = entry.layer();
    return layer == null ? MissingNode.getInstance() : layer.path("spectrum");
  }

  /** How the error falls from iteration to iteration. */
  Optional<Figure> iterations() {
    List<Chart.Line> lines = new ArrayList<>();
    for (Entry entry : compressed()) {
      JsonNode layer = entry.layer();
      JsonNode errors = layer == null ? null : layer.path("iteration_errors");
      if (errors != null && errors.size() > 1) {
        List<List<Double>> points = new ArrayList<>();
        for (int i = 0; i < errors.size(); i++) {
          points.add(List.of(i + 1.0, errors.get(i).asDouble(0)));
        }
        lines.add(line(entry, null, points));
      }
    }
    return lines.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Figure(
                "iterations",
                "Error per iteration",
                "Relative error of what the method minimises, after each of its iterations and"
                    + " before rounding. Faint is the first block, strong the last.",
                "Falling lines of the error of %d projections over their iterations, a panel a type."
                    .formatted(lines.size()),
                new Chart.Lines(
                    "iteration", Unit.COUNT, "error", Unit.PERCENT, false, "depth", lines),
                null));
  }

  private Chart.Line line(Entry entry, @Nullable Double kept, List<List<Double>> points) {
    double shade = deepest == 0 ? 0.5 : (double) entry.place().block() / deepest;
    String group = names.getOrDefault(entry.place().kind(), entry.place().kind());
    return new Chart.Line(entry.name(), group, shade, kept, false, points);
  }
}
