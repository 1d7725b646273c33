package io.compot;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.checkpoint.Checkpoint;
import io.compot.evaluation.PerplexityOptions;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.result.LayerReport;
import io.compot.tensor.TensorScope;
import io.compot.testing.EditedCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** A mixture of experts through the whole pipeline, with an expert that no token reaches. */
class MixtureOfExpertsCompressionTest {

  private static final int VOCABULARY = 97;
  private static final String IDLE = ".mlp.experts.3.";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"compot", "svd-llm", "svd"})
  void everyExpertIsCompressedAndTheModelRuns(String method) throws Exception {
    Path model = modelWithAnIdleExpert();
    Path text = text();
    Path output = folder.resolve("smaller");
    List<String> notices = new ArrayList<>();
    var report =
        Compression.of(model)
            .method(method)
            .ratio(0.3)
            .calibration(text)
            .allSamples()
            .length(32)
            .listener(event -> {
              if (event instanceof Progress.Notice notice) {
                notices.add(notice.message());
              }
            })
            .output(output)
            .run();

    assertThat(report.layers()).hasSize(2 * (4 + 4 * 3));
    for (LayerReport layer : report.layers()) {
      var error = layer.relativeError();
      double whitened = requireNonNull(error.whitened());
      assertThat(whitened).as(layer.name()).isBetween(0.01, 0.95);
      assertThat(error.weight()).as(layer.name()).isBetween(0.01, 2.0);
      boolean idle = layer.name().contains(IDLE);
      assertThat(layer.whitening().equals("none")).as(layer.name()).isEqualTo(idle);
      if (idle) {
        // Where nothing is known of the input, the weight itself is what to keep.
        assertThat(whitened).isCloseTo(error.weight(), within(1e-6));
      }
    }
    assertThat(notices.stream().filter(notice -> notice.contains("no calibration token")))
        .hasSize(2)
        .allMatch(notice -> notice.contains(IDLE) && notice.contains("1 more"));
    try (Checkpoint before = Checkpoint.open(model);
        Checkpoint after = Checkpoint.open(output)) {
      for (String router : List.of("model.layers.0.mlp.gate", "model.layers.1.mlp.gate")) {
        assertThat(after.bytes(router + ".weight").mismatch(before.bytes(router + ".weight")))
            .isEqualTo(-1);
      }
      assertThat(after.has("model.layers.0.mlp.experts.3.up_proj.weight")).isFalse();
    }
    Path dense = folder.resolve("dense");
    Export.dense(output, dense, false, ProgressListener.none());
    var options = PerplexityOptions.defaults().withWindow(32);
    try (Model packed = Model.load(output);
        Model whole = Model.load(dense)) {
      double value = packed.evaluate(text, options, ProgressListener.none()).value();
      assertThat(value).isFinite().isGreaterThan(1);
      assertThat(whole.evaluate(text, options, ProgressListener.none()).value())
          .isCloseTo(value, within(1e-3 * value));
    }
  }

  /** One of two opposite scores is above zero, so that the fourth, which is zero, never wins. */
  private Path modelWithAnIdleExpert() throws Exception {
    Path fixture = Path.of(getClass().getResource("/golden/qwen3_moe").toURI());
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(fixture);
      edited.config().put("num_experts_per_tok", 1);
      for (int layer = 0; layer < 2; layer++) {
        String name = "model.layers." + layer + ".mlp.gate.weight";
        Tensor router = requireNonNull(edited.tensors().get(name));
        router.select(0, 1).copy_(router.select(0, 0).neg());
        router.select(0, 3).zero_();
      }
      Path written = edited.write(folder);
      Files.writeString(written.resolve("tokenizer.json"), tokenizer());
      return written;
    }
  }

  private static String tokenizer() {
    var json = new JsonMapper().createObjectNode();
    json.put("version", "1.0");
    json.putArray("added_tokens");
    json.putObject("pre_tokenizer").put("type", "WhitespaceSplit");
    var model = json.putObject("model").put("type", "WordLevel").put("unk_token", "w0");
    var words = model.putObject("vocab");
    for (int id = 0; id < VOCABULARY; id++) {
      words.put("w" + id, id);
    }
    return json.toString();
  }

  private Path text() throws Exception {
    String words =
        new SplittableRandom(5)
            .ints(1024, 0, VOCABULARY)
            .mapToObj(id -> "w" + id)
            .collect(Collectors.joining(" "));
    return Files.writeString(folder.resolve("text.txt"), words);
  }
}
