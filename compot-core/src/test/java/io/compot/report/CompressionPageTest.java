package io.compot.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class CompressionPageTest {

  private final Page page = CompressionPage.of(SampleReports.compression());

  @Test
  void withoutCalibrationTheErrorIsTheWeights() {
    var weights =
        SampleReports.json(
            SampleReports.compression()
                .toString()
                .replace("\"whitened\":0.125", "\"whitened\":null"));
    assertThat(CompressionPage.of(weights).verdict())
        .contains("the weights of its projections are off by")
        .doesNotContain("outputs");
  }

  /** Order and names are those of the family; stacks of one kind have rows of their own. */
  @Test
  void projectionsStandWhereTheReportSays() {
    var told = (ObjectNode) SampleReports.compression();
    told.set(
        "projections",
        SampleReports.json(
            """
            [{"name": "model.layers.0.mlp.up_proj", "stack": "encoder", "block": 0, "kind": "up"},
             {"name": "model.layers.0.attn.q_proj", "stack": "decoder", "block": 3, "kind": "q"},
             {"name": "model.layers.7.attn.q_proj", "stack": "decoder", "block": 7, "kind": "q",
              "expert": 2}]
            """));
    var heat = (Chart.Heat) CompressionPage.of(told).figures().get(1).chart();
    assertThat(heat.rows()).containsExactly("encoder.up", "decoder.q", "decoder.experts.q");
    assertThat(heat.columns()).containsExactly("3", "7");
  }

  /** A strip of one colour tells nothing: one projection is told in a table. */
  @Test
  void oneProjectionHasATableInPlaceOfMaps() {
    var one = (ObjectNode) SampleReports.compression();
    ((ArrayNode) one.get("layers")).remove(1);
    one.remove("dense");
    Page alone = CompressionPage.of(one);
    assertThat(alone.figures()).extracting(Figure::id).doesNotContain("ratio", "error");
    assertThat(alone.facts()).extracting(Page.Facts::title).startsWith("Projections", "Settings");
    assertThat(alone.facts().getFirst().table().rows()).hasSize(1);
  }

  @Test
  void aSampleOfTheirTextAndTheirSpeed() {
    var told = (ObjectNode) SampleReports.compression();
    told.set(
        "sample",
        SampleReports.json("{\"prompt\": \"One day\", \"before\": \" a\", \"after\": \" b\"}"));
    ((ObjectNode) told.get("run")).put("date", "2031-02-03T04:05:06Z");
    ((ObjectNode) told.get("run"))
        .set("tokens_per_second", SampleReports.json("{\"before\": 10.5, \"after\": 21.5}"));
    Page both = CompressionPage.of(told);
    assertThat(both.facts().getFirst().table().rows())
        .containsExactly(List.of("original", "One day […] a"), List.of("smaller", "One day […] b"));
    // What differs from run to run is in its own part.
    assertThat(HtmlReport.json(both.facts())).doesNotContain("2031", "10.5");
    assertThat(HtmlReport.json(both.run())).contains("2031-02-03T04:05:06Z", "10.5", "21.5");
  }

  @Test
  void verdictSaysHowMuchSmallerAndWhatItCost() {
    assertThat(page.verdict())
        .isEqualTo(
            "The model is 10.0 % smaller (9.00 kB instead of 10.0 kB); the outputs of its"
                + " projections are off by 25.0 % on average. What that costs in perplexity was not"
                + " measured.");
    JsonNode measured =
        ((ObjectNode) SampleReports.compression())
            .set(
                "perplexity",
                SampleReports.json(
                    "{\"text\": \"held.txt\", \"before\": 14.48, \"after\": 15.31}"));
    assertThat(CompressionPage.of(measured).verdict())
        .isEqualTo(
            "The model is 10.0 % smaller (9.00 kB instead of 10.0 kB), and its perplexity on"
                + " held.txt went from 14.48 to 15.31 (+5.7 %).");
  }

  @Test
  void heatMapsHaveEveryProjectionAtItsPlace() {
    var ratio = (Chart.Heat) figure("ratio").chart();
    assertThat(ratio.columns()).containsExactly("0", "7");
    assertThat(ratio.rows()).containsExactly("q_proj", "up_proj");
    assertThat(ratio.largest()).isEqualTo(0.5);
    assertThat(ratio.cells())
        .containsExactlyInAnyOrder(
            new Chart.Cell(0, 0, 0.3, "model.layers.0.attn.q_proj", "k 8, s 4"),
            new Chart.Cell(1, 0, 0.2, "model.layers.7.attn.q_proj", "rank 5"),
            new Chart.Cell(0, 1, 0, "model.layers.0.mlp.up_proj", "stays dense"));
    var error = (Chart.Heat) figure("error").chart();
    assertThat(error.cells()).extracting(Chart.Cell::value).containsExactly(0.125, 0.375);
    assertThat(figure("error").alt()).contains("12.5 %", "37.5 %", "model.layers.7.attn.q_proj");
    assertThat(Objects.requireNonNull(figure("ratio").table()).rows()).hasSize(3);
  }

  @Test
  void partsAddUpToTheModel() {
    var bars = (Chart.Bars) figure("parts").chart();
    assertThat(bars.bars().stream().mapToDouble(bar -> bar.values().get(0)).sum()).isEqualTo(10000);
    assertThat(bars.bars().stream().mapToDouble(bar -> bar.values().get(1)).sum()).isEqualTo(9000);
    assertThat(bars.bars())
        .extracting(Chart.Bar::name)
        .containsExactly("rest of the model", "dense projections", "dictionary", "values", "mask");
  }

  @Test
  void spectraAndIterationsHaveTheLayersThatKnowThem() {
    var spectra = (Chart.Lines) figure("spectra").chart();
    assertThat(spectra.lines())
        .containsExactly(
            new Chart.Line(
                "model.layers.0.attn.q_proj",
                "q_proj",
                0,
                8.0,
                false,
                List.of(List.of(1.0, 1.0), List.of(10.0, 0.5), List.of(20.0, 0.0))));
    var iterations = (Chart.Lines) figure("iterations").chart();
    assertThat(iterations.lines().getFirst().points())
        .containsExactly(List.of(1.0, 0.25), List.of(2.0, 0.125));
  }

  @Test
  void closedFormMethodsHaveNoFigureOfIterations() {
    JsonNode report = SampleReports.compression();
    report
        .path("layers")
        .forEach(layer -> ((ObjectNode) layer).set("iteration_errors", SampleReports.json("[]")));
    assertThat(CompressionPage.of(report).figures())
        .extracting(Figure::id)
        .containsExactly("ratio", "error", "bits", "parts", "mix", "spectra");
  }

  @Test
  void bytesAreToldByForm() {
    var mix = (Chart.Bars) figure("mix").chart();
    assertThat(mix.bars())
        .containsExactly(
            new Chart.Bar("low-rank", List.of(7000 / 8.0)),
            new Chart.Bar("sparse", List.of(9000 / 8.0)));
  }

  @Test
  void timesAndMemoryAreInTheRunAlone() {
    assertThat(page.run().figures()).extracting(Figure::id).containsExactly("time", "memory");
    assertThat(((Chart.Bars) page.run().figures().getFirst().chart()).bars().getFirst().values())
        .containsExactly(0.25, 2.0);
    ObjectNode slower = (ObjectNode) SampleReports.compression();
    slower.set("run", SampleReports.json("{\"seconds_by_stage\": {\"check\": 99}}"));
    slower.path("layers").forEach(layer -> ((ObjectNode) layer).put("seconds", 77));
    Page other = CompressionPage.of(slower);
    assertThat(HtmlReport.json(other.figures())).isEqualTo(HtmlReport.json(page.figures()));
    assertThat(other.facts()).isEqualTo(page.facts());
    assertThat(other.highlights()).isEqualTo(page.highlights());
    assertThat(other.verdict()).isEqualTo(page.verdict());
  }

  @Test
  void factsAreTables() {
    assertThat(page.facts())
        .extracting(Page.Facts::title)
        .containsExactly(
            "Settings",
            "Notes of the allocation",
            "Projections left dense",
            "Inputs (SHA-256)",
            "Versions");
    assertThat(page.facts().getFirst().table().rows())
        .contains(List.of("calibration", "a.txt, b.txt"));
  }

  @Test
  void expertsShareACell() {
    String text =
        SampleReports.compression()
            .toString()
            .replace("layers.0.attn.q_proj", "layers.3.mlp.experts.0.up_proj")
            .replace("layers.7.attn.q_proj", "layers.3.mlp.experts.12.up_proj");
    var heat = (Chart.Heat) CompressionPage.of(SampleReports.json(text)).figures().get(1).chart();
    assertThat(heat.cells())
        .containsExactly(
            new Chart.Cell(0, 0, 0.25, "block 3, mlp.experts.*.up_proj: mean of 2", ""));
  }

  @Test
  void bitsAWeightAreMappedWithTheMethodBehindThem() {
    var heat = (Chart.Heat) figure("bits").chart();
    var layer = SampleReports.compression().path("layers").path(0);
    double bits =
        layer.path("bits").asDouble() / layer.path("in").asDouble() / layer.path("out").asDouble();
    assertThat(heat.cells())
        .anySatisfy(cell -> {
          assertThat(cell.name()).isEqualTo(layer.path("name").asString());
          assertThat(cell.value()).isEqualTo(bits);
          assertThat(cell.note()).endsWith(layer.path("size").asString());
        });
  }

  private Figure figure(String id) {
    return page.figures().stream().filter(each -> each.id().equals(id)).findAny().orElseThrow();
  }
}
