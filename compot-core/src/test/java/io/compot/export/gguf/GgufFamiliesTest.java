package io.compot.export.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.tensor;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.export.Floats;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.TensorSpec;
import io.compot.model.WeightLoader;
import io.compot.progress.ProgressListener;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Families that llama.cpp has in its own way: what is written comes back to the bit and computes
 * the same. Fixtures are read with the fields that llama.cpp has built in as it has them; that
 * llama.cpp itself computes the same is looked at by {@code peers/verify}.
 */
class GgufFamiliesTest {

  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  /** What fixtures have and llama.cpp has not. */
  private static final Map<String, String> AS_BUILT_IN =
      Map.of(
          "gemma2", "{\"attention_bias\": false, \"query_pre_attn_scalar\": 8}",
          "gemma3_text", "{\"query_pre_attn_scalar\": 8}",
          "gpt2", "{\"scale_attn_by_inverse_layer_idx\": false}",
          "granite", "{}",
          "mixtral", "{\"sliding_window\": null}",
          "olmo2", "{}",
          "phi3", "{}",
          "qwen2_moe",
              "{\"num_hidden_layers\": 1, \"mlp_only_layers\": [], \"use_sliding_window\": false,"
                  + " \"layer_types\": [\"full_attention\"]}",
          "qwen3_moe", "{}",
          "smollm3",
              "{\"no_rope_layer_interval\": 4, \"no_rope_layers\": [1, 1],"
                  + " \"use_sliding_window\": false, \"layer_types\": null}");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "gemma2",
    "gemma3_text",
    "gpt2",
    "granite",
    "mixtral",
    "olmo2",
    "phi3",
    "qwen2_moe",
    "qwen3_moe",
    "smollm3"
  })
  void comesBack(String family) throws Exception {
    Path model = builtIn(family);
    Path file = folder.resolve("model.gguf");
    export(model, file, "f32");
    try (Checkpoint before = Checkpoint.open(model);
        Checkpoint after = Checkpoint.open(file)) {
      Architecture architecture = Architecture.of(before);
      Architecture read = Architecture.of(after);
      assertThat(read.family()).isEqualTo(family);
      for (TensorSpec spec : (Iterable<TensorSpec>) architecture.tensors()::iterator) {
        int count = Math.toIntExact(before.info(spec.name()).elements());
        assertThat(after.info(spec.name()).shape()).isEqualTo(before.info(spec.name()).shape());
        assertThat(Floats.read(after, spec.name(), 0, count))
            .as(spec.name())
            .containsExactly(
                Floats.read(before, spec.name(), 0, count), within(1e-7f)); // 1 + w - 1
      }
      assertThat(difference(before, architecture, after, read)).isLessThan(1e-5);
    }
  }

  /** Rows of 40 and 24 weights are no whole blocks and stay in half precision. */
  @ParameterizedTest
  @CsvSource({"mixtral", "gpt2"})
  void expertsAndTurnedWeightsAreRounded(String family) throws Exception {
    Path model = builtIn(family);
    Path file = folder.resolve("model.gguf");
    export(model, file, "q8_0");
    try (Checkpoint before = Checkpoint.open(model);
        Checkpoint after = Checkpoint.open(file)) {
      assertThat(difference(before, Architecture.of(before), after, Architecture.of(after)))
          .isBetween(1e-6, 0.5);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gemma2, query_pre_attn_scalar",
    "gpt2, scale_attn_by_inverse_layer_idx",
    "qwen2_moe, mlp_only_layers",
    "smollm3, no_rope_layers"
  })
  void whatLlamaCppHasBuiltInOtherwiseIsRefused(String family, String field) {
    Path file = folder.resolve("model.gguf");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> export(GOLDEN.resolve(family), file, "f32"))
        .withMessageContainingAll("config.json", field, "built in", "--format dense");
    assertThat(file).doesNotExist();
  }

  private Path builtIn(String family) throws Exception {
    Path model = Files.createDirectory(folder.resolve("model"));
    Path source = GOLDEN.resolve(family);
    Files.copy(source.resolve("model.safetensors"), model.resolve("model.safetensors"));
    var json = JsonMapper.shared();
    var config = (ObjectNode) json.readTree(source.resolve("config.json"));
    config.setAll((ObjectNode) json.readTree(AS_BUILT_IN.get(family)));
    json.writeValue(model.resolve("config.json"), config);
    return model;
  }

  private static double difference(
      Checkpoint first, Architecture one, Checkpoint second, Architecture other) throws Exception {
    try (var _ = TensorScope.open()) {
      Tensor tokens = tensor(new long[] {3, 50, 7, 7, 21, 40, 12, 33, 9, 4, 30}).view(1, -1);
      return logits(first, one, tokens)
          .sub(logits(second, other, tokens))
          .abs()
          .max()
          .item_double();
    }
  }

  private static Tensor logits(Checkpoint checkpoint, Architecture architecture, Tensor tokens)
      throws Exception {
    try (var model = CausalModel.load(architecture, WeightLoader.of(checkpoint, Dtype.F32))) {
      return model.logits(tokens);
    }
  }

  private static void export(Path model, Path output, String type) throws Exception {
    var said = new HashMap<String, String>(Map.of("type", type));
    GgufExport.SCHEMA.of(said).write(model, output, false, ProgressListener.none());
  }
}
