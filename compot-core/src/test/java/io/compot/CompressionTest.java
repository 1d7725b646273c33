package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.checkpoint.Checkpoint;
import io.compot.evaluation.PerplexityOptions;
import io.compot.plan.Plan;
import io.compot.progress.ProgressListener;
import io.compot.result.CompressionReport;
import io.compot.result.LayerReport;
import io.compot.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The main job on a real, small model: compress, measure, generate, export. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CompressionTest {

  private static final String STORIES = "data/text/tinystories/tinystories_300.txt";
  private static final String HELD_OUT = "data/text/tinystories/heldout_stories_2000-2316.txt";

  private static final double RATIO = 0.4;

  @TempDir private static Path folder;

  /** Each costs seconds, so that the tests share them. */
  private final Map<Path, CompressionReport> reports = new HashMap<>();

  private final Map<Path, Double> perplexities = new HashMap<>();

  private Path model;
  private Path text;
  private Path heldOut;

  @BeforeAll
  void findMaterial() throws Exception {
    model = SharedData.path("data/trained/qwen2-tinystories-1m");
    text = SharedData.path(STORIES);
    // A part of them tells the methods apart, too.
    String stories = Files.readString(SharedData.path(HELD_OUT));
    heldOut = Files.writeString(folder.resolve("held-out.txt"), stories.substring(0, 20_000));
  }

  /** At equal bits, COMPOT loses less than SVD-LLM, and that less than plain SVD. */
  @Test
  void methodsOrderAsThePapersSay() throws Exception {
    double compot = compress("compot", RATIO).meanRelativeError();
    double svdLlm = compress("svd-llm", RATIO).meanRelativeError();
    double svd = compress("svd", RATIO).meanRelativeError();
    assertThat(compot).isLessThan(0.85 * svdLlm);
    assertThat(svdLlm).isLessThan(svd);

    double compotPerplexity = perplexity("compot", RATIO);
    double svdLlmPerplexity = perplexity("svd-llm", RATIO);
    assertThat(compotPerplexity).isLessThan(svdLlmPerplexity);
    assertThat(svdLlmPerplexity).isLessThan(perplexity("svd", RATIO));
  }

  /** At equal bits, choosing sizes by what they cost the loss halves what is lost. */
  @Test
  void compotPlusHalvesTheDamageOfCompot() throws Exception {
    CompressionReport plain = compress("compot", RATIO);
    CompressionReport plus = compress("compot+", RATIO);
    assertThat(plus.allocation()).isEqualTo("damage");
    assertThat(plus.ratio().achieved()).isBetween(RATIO, RATIO + 0.001);
    assertThat(plus.bits().projections().after())
        .isLessThanOrEqualTo((long) (0.6 * plain.bits().projections().before()));
    double dense = Math.log(perplexity(model));
    double rise = Math.log(perplexity("compot+", RATIO)) - dense;
    assertThat(rise).isLessThan(0.5 * (Math.log(perplexity("compot", RATIO)) - dense));
    try (Stream<Path> files = Files.list(output("compot+", RATIO))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.contains("metric") || name.endsWith(".tmp"));
    }
  }

  @Test
  void packedAndDenseFormsAgree() throws Exception {
    CompressionReport report = compress("compot", RATIO);
    Path packed = output("compot", RATIO);
    Path dense = folder.resolve("dense");
    Export.dense(packed, dense, false, ProgressListener.none());
    assertThat(Files.readString(dense.resolve("config.json"))).doesNotContain("compression");
    double denseValue = perplexity(dense);
    assertThat(perplexity(packed)).isCloseTo(denseValue, within(1e-4 * denseValue));
    try (Model a = Model.load(packed);
        Model b = Model.load(dense)) {
      var generation = GenerationOptions.defaults().withMaxTokens(40);
      assertThat(a.generate("Once upon a time", generation, _ -> {}).text())
          .isEqualTo(b.generate("Once upon a time", generation, _ -> {}).text())
          .isNotBlank();
    }
    ModelSummary summary = ModelSummary.of(packed);
    assertThat(summary.bytes() * 8).isEqualTo(report.bits().model().after());
    assertThat(summary.projections().stream().mapToLong(ModelSummary.StoredProjection::bits).sum())
        .isEqualTo(report.bits().projections().after());
    assertThat(report.bits().projections().after())
        .isEqualTo(report.layers().stream().mapToLong(LayerReport::bits).sum());
  }

  /** Bytes on disk are the bits accounted, to the byte, and the rest is copied bit for bit. */
  @Test
  void sizeOnDiskIsTheSizeAccounted() throws Exception {
    CompressionReport report = compress("compot", RATIO);
    Plan plan = compression("compot", RATIO).plan();
    assertThat(report.bits().projections()).isEqualTo(plan.compressed());
    assertThat(report.ratio().achieved()).isBetween(RATIO, RATIO + 0.01);
    try (Checkpoint before = Checkpoint.open(model);
        Checkpoint after = Checkpoint.open(output("compot", RATIO))) {
      long packed = 0;
      for (String name : after.names()) {
        if (before.has(name)) {
          assertThat(after.bytes(name).mismatch(before.bytes(name))).as(name).isEqualTo(-1);
        } else {
          packed += after.bytes(name).byteSize();
        }
      }
      assertThat(packed * 8).isEqualTo(report.bits().projections().after());
    }
    assertThat(report.bits().parts()).containsOnlyKeys("dictionary", "values", "mask", "rest");
    assertThat(report.bits().parts().values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(report.bits().model().after());
    assertThat(report.run().peakBytesByStage().keySet())
        .isEqualTo(report.run().secondsByStage().keySet());
    for (LayerReport layer : report.layers()) {
      assertThat(layer.iterationErrors()).hasSize(layer.iterations()).hasSize(20);
      assertThat(layer.iterationErrors().getLast()).isCloseTo(layer.error(), within(0.01));
    }
  }

  @Test
  void sameInputGivesTheSameBytes() throws Exception {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    compression("compot", 0.3)
        .include("layers.0")
        .set("iterations", 3)
        .samples(16)
        .output(first)
        .run();
    compression("compot", 0.3)
        .include("layers.0")
        .set("iterations", 3)
        .samples(16)
        .output(second)
        .run();
    for (String name : new String[] {"model.safetensors", "config.json", "README.md"}) {
      assertThat(Files.mismatch(first.resolve(name), second.resolve(name))).as(name).isEqualTo(-1);
    }
  }

  private Compression compression(String method, double ratio) {
    return Compression.of(model)
        .method(method)
        .ratio(ratio)
        .calibration(text)
        .samples(32)
        .length(128);
  }

  private CompressionReport compress(String method, double ratio) throws Exception {
    Path output = output(method, ratio);
    CompressionReport report = reports.get(output);
    if (report == null) {
      report = compression(method, ratio).output(output).run();
      reports.put(output, report);
    }
    return report;
  }

  private Path output(String method, double ratio) {
    return folder.resolve(method + "-" + ratio);
  }

  private double perplexity(String method, double ratio) throws Exception {
    return perplexity(output(method, ratio));
  }

  private double perplexity(Path folderOfModel) throws Exception {
    Double known = perplexities.get(folderOfModel);
    if (known == null) {
      try (Model loaded = Model.load(folderOfModel)) {
        var options = PerplexityOptions.defaults().withWindow(128);
        known = loaded.evaluate(heldOut, options, ProgressListener.none()).value();
      }
      perplexities.put(folderOfModel, known);
    }
    return known;
  }
}
