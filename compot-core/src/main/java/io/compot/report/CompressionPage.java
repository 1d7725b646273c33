package io.compot.report;

import static io.compot.report.Table.column;

import io.compot.report.Page.Facts;
import io.compot.report.Page.Highlight;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The page of a compression, from {@code compression-report.json}. */
final class CompressionPage {

  private static final Map<String, String> PART_NAMES =
      Map.of(
          "rest", "rest of the model",
          "dense_projections", "dense projections",
          "left", "left factors",
          "right", "right factors");

  private final JsonNode report;
  private final Projections projections;

  private CompressionPage(JsonNode report) {
    this.report = report;
    this.projections = Projections.of(report);
  }

  static Page of(JsonNode report) {
    return new CompressionPage(report).page();
  }

  private Page page() {
    List<Figure> figures = new ArrayList<>(projections.maps());
    figures.add(parts());
    figures.addAll(MixFigures.of(report));
    projections.spectra().ifPresent(figures::add);
    projections.iterations().ifPresent(figures::add);
    return new Page(
        "Compression report",
        FactTables.text(report.path("settings").path("model"), "model"),
        verdict(),
        highlights(),
        figures,
        facts(),
        RunFigures.of(report.path("run"), report.path("layers")));
  }

  private String verdict() {
    JsonNode model = report.path("bits").path("model");
    String size =
        "%s smaller (%s instead of %s)"
            .formatted(
                Wording.percent(removed(model)),
                Wording.bytes(model.path("after").asLong(0)),
                Wording.bytes(model.path("before").asLong(0)));
    JsonNode perplexity = report.path("perplexity");
    if (perplexity.isObject()) {
      double before = perplexity.path("before").asDouble(0);
      double after = perplexity.path("after").asDouble(0);
      return "The model is %s, and its perplexity on %s went from %s to %s (%s)."
          .formatted(
              size,
              perplexity.path("text").asString(""),
              Wording.number(before),
              Wording.number(after),
              Wording.change(before, after));
    }
    if (report.path("layers").isEmpty()) {
      return "The model is %s; its weights are dense. What that costs in perplexity was not measured."
          .formatted(size);
    }
    return ("The model is %s; the %s of its projections are off by %s on average. What that"
            + " costs in perplexity was not measured.")
        .formatted(size, whatErrs(), Wording.percent(projections.meanError()));
  }

  /** Without calibration text the error is the weights' own, and says nothing of outputs. */
  private String whatErrs() {
    return report
            .path("layers")
            .valueStream()
            .anyMatch(layer -> layer.path("relative_error").path("whitened").isNumber())
        ? "outputs"
        : "weights";
  }

  private List<Highlight> highlights() {
    JsonNode bits = report.path("bits");
    List<Highlight> all = new ArrayList<>();
    all.add(size("Whole model", bits.path("model"), ""));
    all.add(
        size(
            "Chosen projections",
            bits.path("projections"),
            ", %s asked"
                .formatted(Wording.percent(report.path("ratio").path("requested").asDouble(0)))));
    JsonNode perplexity = report.path("perplexity");
    if (perplexity.isObject()) {
      double before = perplexity.path("before").asDouble(0);
      double after = perplexity.path("after").asDouble(0);
      all.add(
          new Highlight(
              "Token perplexity",
              Wording.change(before, after),
              Wording.number(before) + " → " + Wording.number(after)));
    }
    if (!report.path("layers").isEmpty()) {
      all.add(
          new Highlight(
              "Mean relative error",
              Wording.percent(projections.meanError()),
              "of the %s of %d projections".formatted(whatErrs(), report.path("layers").size())));
    }
    all.add(
        new Highlight(
            "Method",
            report.path("method").asString(""),
            report.path("allocation").asString("") + " allocation"));
    return all;
  }

  private static Highlight size(String label, JsonNode bits, String more) {
    return new Highlight(
        label,
        "−" + Wording.percent(removed(bits)),
        Wording.bytes(bits.path("before").asLong(0))
            + " → "
            + Wording.bytes(bits.path("after").asLong(0))
            + more);
  }

  private static double removed(JsonNode bits) {
    long before = bits.path("before").asLong(0);
    return before == 0 ? 0 : 1 - (double) bits.path("after").asLong(0) / before;
  }

  /** Where the bytes are, before and after. */
  private Figure parts() {
    JsonNode bits = report.path("bits");
    Map<String, Long> after = new LinkedHashMap<>();
    bits.path("parts")
        .properties()
        .forEach(part -> after.put(part.getKey(), part.getValue().asLong(0)));
    long rest = after.getOrDefault("rest", 0L);
    long embeddings = bits.path("embeddings").path("before").asLong(0);
    long dense = bits.path("model").path("before").asLong(0) - rest - embeddings;
    List<Chart.Bar> bars = new ArrayList<>();
    var table =
        Table.of(
            column("part", Unit.TEXT), column("before", Unit.BYTES), column("after", Unit.BYTES));
    Map<String, long[]> rows = new LinkedHashMap<>();
    rows.put("rest", new long[] {rest, rest});
    rows.put("dense_projections", new long[] {dense, after.getOrDefault("dense_projections", 0L)});
    if (embeddings > 0) {
      rows.put("embeddings", new long[] {embeddings, after.getOrDefault("embeddings", 0L)});
    }
    after.forEach((part, value) -> rows.putIfAbsent(part, new long[] {0, value}));
    rows.forEach((part, both) -> {
      String name = PART_NAMES.getOrDefault(part, part);
      bars.add(new Chart.Bar(name, List.of(both[0] / 8.0, both[1] / 8.0)));
      table.row(name, both[0] / 8.0, both[1] / 8.0);
    });
    var model = bits.path("model");
    table.row(
        "whole model", model.path("before").asLong(0) / 8.0, model.path("after").asLong(0) / 8.0);
    return new Figure(
        "parts",
        "Where the bytes are",
        "The rest is what no projection holds: norms, and embeddings and head unless they are stored"
            + " in few bits. A mask takes one bit for each place of the code, and says where its"
            + " values are.",
        "Stacked bars of the model's bytes before, %s, and after, %s, by what they hold."
            .formatted(
                Wording.bytes(model.path("before").asLong(0)),
                Wording.bytes(model.path("after").asLong(0))),
        new Chart.Bars(List.of("before", "after"), Unit.BYTES, bars),
        table);
  }

  private List<Facts> facts() {
    List<Facts> facts = new ArrayList<>();
    if (!projections.mapped()) {
      add(facts, "Projections", projections.table());
    }
    Table sample = sample();
    if (sample != null) {
      facts.add(new Facts("How they go on with a text", true, sample));
    }
    facts.add(new Facts("Settings", true, FactTables.pairs("setting", report.path("settings"))));
    add(facts, "Notes of the allocation", FactTables.list("note", report.path("notes")));
    add(facts, "Projections left dense", FactTables.pairs("projection", report.path("dense")));
    add(facts, "Inputs (SHA-256)", FactTables.pairs("file", report.path("inputs")));
    add(facts, "Versions", FactTables.pairs("program", report.path("versions")));
    return facts;
  }

  /** The same beginning, and what original and output make of it. */
  private @Nullable Table sample() {
    JsonNode sample = report.path("sample");
    if (!sample.isObject()) {
      return null;
    }
    String prompt = sample.path("prompt").asString("") + " […] ";
    return Table.of(column("model", Unit.TEXT), column("text", Unit.TEXT))
        .row("original", prompt + sample.path("before").asString("").strip())
        .row("smaller", prompt + sample.path("after").asString("").strip());
  }

  private static void add(List<Facts> facts, String title, @Nullable Table table) {
    if (table != null && !table.rows().isEmpty()) {
      facts.add(new Facts(title, false, table));
    }
  }
}
