package io.compot.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.tensor;

import io.compot.checkpoint.Checkpoint;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.WeightLoader;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import io.compot.tokenizer.TextTokenizer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Models that other programs wrote against the logits that other programs compute with them. */
class ForeignModelsTest {

  private static final String FIXTURES = "quant/fixtures/";
  private static final double TOLERANCE = 1e-3;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama.F16",
        "llama.Q4_0",
        "llama.Q4_1",
        "llama.Q5_0",
        "llama.Q8_0",
        "llama-untied-rope3.F16",
        "llama-untied-rope3.Q5_1",
        "llama256.IQ4_XS",
        "llama256.Q2_K",
        "llama256.Q4_K_M",
        "mistral.F16",
        "qwen2.Q4_0",
        "qwen2.Q8_0",
        "qwen3.BF16",
        "qwen3.F32",
        "qwen3.Q8_0"
      })
  void gguf(String name) throws Exception {
    gguf(SharedData.path(FIXTURES + "gguf"), name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama.Q4_0", "llama256.Q2_K", "qwen2.Q4_0"})
  void bundledGguf(String name) throws Exception {
    gguf(Path.of("src/test/resources/gguf"), name);
  }

  private static void gguf(Path folder, String name) throws Exception {
    try (var _ = TensorScope.open();
        var expected = SafetensorsFile.open(folder.resolve("expected_logits.safetensors"));
        var checkpoint = Checkpoint.open(folder.resolve(name + ".gguf"))) {
      Tensor tokens = expected.tensor("input_ids").to(ScalarType.Long).view(1, -1);
      Tensor rows = expected.tensor("rows").to(ScalarType.Long);
      Tensor logits = logits(checkpoint, tokens).select(0, 0).index_select(0, rows);
      agree(logits, expected.tensor(name + ".logits.f32"));
    }
  }

  static Stream<String> packedFolders() {
    return Stream.of(
            Stream.of(
                    "llama-mixed-w4attn-w8mlp",
                    "llama-w3g16-sym-dense32",
                    "llama-w4ch-asym",
                    "llama-w4g16-asym",
                    "llama-w4g16-sym",
                    "llama-w4g16-sym-bf16",
                    "llama-w4g16-sym-static",
                    "llama-w8ch-sym",
                    "opt-w4g16-sym",
                    "qwen2-w4g16-sym")
                .map(name -> "compressed-tensors/" + name),
            Stream.of(
                    "w2g32-asym-v2",
                    "w2g32-sym-v1",
                    "w3g32-asym-v2",
                    "w4g32-asym-v2",
                    "w4g32-sym-descact-static-v1",
                    "w4g32-sym-descact-v1",
                    "w4g32-sym-gar-v1",
                    "w4g32-sym-v1",
                    "w4g32-sym-v2",
                    "w8ch-sym-v2",
                    "w8g32-sym-v1")
                .map(name -> "gptq/" + name))
        .flatMap(each -> each);
  }

  @ParameterizedTest
  @MethodSource("packedFolders")
  void packed(String name) throws Exception {
    packed(SharedData.path(FIXTURES + name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-w4g16-asym", "w4g32-sym-descact-v1", "mlx-w4g32"})
  void bundledPacked(String name) throws Exception {
    packed(Path.of("src/test/resources/foreign", name));
  }

  private static void packed(Path folder) throws Exception {
    try (var _ = TensorScope.open();
        var expected = SafetensorsFile.open(folder.resolve("expected.safetensors"));
        var checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.config().has("quantization_config")).isFalse();
      assertThat(checkpoint.names())
          .noneMatch(each -> each.endsWith("packed") || each.endsWith("qweight"));
      Tensor tokens = expected.tensor("input_ids").to(ScalarType.Long);
      Tensor positions = tensor(new long[] {0, 11, 23});
      Tensor logits = logits(checkpoint, tokens).index_select(1, positions);
      agree(logits, expected.tensor("logits.f32"));
    }
  }

  /** One rounding more or less: s·q + b may be fused there. */
  @Test
  void weightsOfMlx() throws Exception {
    Path folder = Path.of("src/test/resources/foreign/mlx-w4g32");
    int checked = 0;
    try (var expected = SafetensorsFile.open(folder.resolve("expected.safetensors"));
        var checkpoint = Checkpoint.open(folder)) {
      for (String name : expected.names()) {
        if (name.startsWith("dense.")) {
          float[] wanted = floats(expected.bytes(name));
          float[] read = floats(checkpoint.bytes(name.substring("dense.".length())));
          assertThat(read).as(name).hasSameSizeAs(wanted);
          for (int i = 0; i < read.length; i++) {
            assertThat(read[i]).as(name).isCloseTo(wanted[i], within(1e-6f));
          }
          checked++;
        }
      }
    }
    assertThat(checked).isEqualTo(7);
  }

  private static float[] floats(MemorySegment bytes) {
    return bytes.toArray(ValueLayout.JAVA_FLOAT);
  }

  @Test
  void partsOfATensorAreTheTensor() throws Exception {
    Path gguf = SharedData.path(FIXTURES + "gguf/llama.Q4_1.gguf");
    Path packed = SharedData.path(FIXTURES + "gptq/w4g32-sym-descact-v1");
    for (Path path : List.of(gguf, packed)) {
      try (var checkpoint = Checkpoint.open(path);
          var arena = Arena.ofConfined()) {
        for (String name : checkpoint.names()) {
          MemorySegment whole = checkpoint.bytes(name, arena);
          for (long from = 0; from < whole.byteSize(); ) {
            // Parts that begin and end anywhere: within blocks, rows and heads.
            long length = Math.min(4 * (7 + from % 1013), whole.byteSize() - from);
            MemorySegment part = arena.allocate(length, 4);
            checkpoint.read(name, from, part);
            assertThat(part.mismatch(whole.asSlice(from, length))).as(name).isEqualTo(-1);
            from += length;
          }
        }
      }
    }
  }

  @Test
  void theTokenizerOfAGgufFile() throws Exception {
    Path folder = SharedData.path(FIXTURES + "gguf");
    JsonNode facts =
        JsonMapper.shared()
            .readTree(Files.readAllBytes(folder.resolve("SUMMARY.json")))
            .get("tokenizer");
    long[] ids = facts.get("ids_llamacpp").valueStream().mapToLong(JsonNode::longValue).toArray();
    List<Path> temporary;
    try (var checkpoint = Checkpoint.open(folder.resolve("qwen2.Q4_0.gguf"));
        TextTokenizer tokenizer = checkpoint.tokenizer()) {
      String text = facts.get("text").stringValue();
      long[] encoded = tokenizer.encode(text, true);
      int same = Math.min(ids.length, encoded.length);
      assertThat(Arrays.copyOf(encoded, same)).containsExactly(Arrays.copyOf(ids, same));
      assertThat(encoded.length).isBetween(ids.length - 1, ids.length + 1);
      assertThat(tokenizer.decode(encoded, false)).isEqualTo(text);
      assertThat(tokenizer.eosIds()).containsExactly(0);
      var side = checkpoint.sideFiles();
      temporary = side.kept().stream().map(side.folder()::resolve).toList();
      assertThat(temporary).isNotEmpty().allMatch(Files::exists);
    }
    assertThat(temporary).noneMatch(Files::exists);
  }

  private static Tensor logits(Checkpoint checkpoint, Tensor tokens) throws Exception {
    Architecture architecture = Architecture.of(checkpoint);
    try (var model = CausalModel.load(architecture, WeightLoader.of(checkpoint, Dtype.F32))) {
      return model.logits(tokens);
    }
  }

  private static void agree(Tensor logits, Tensor expected) {
    assertThat(logits.sub(expected).abs().amax().item_double()).isLessThan(TOLERANCE);
  }
}
