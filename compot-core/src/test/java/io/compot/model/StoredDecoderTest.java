package io.compot.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.checkpoint.Checkpoint;
import io.compot.decode.Decoder;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps by kernels, held to libtorch's forward pass of the same models. */
class StoredDecoderTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mistral_sliding",
        "qwen3",
        "gemma2",
        "gemma3_text",
        "phi3",
        "olmo2",
        "granite",
        "smollm3"
      })
  void stepsAreThoseOfTheForwardPass(String family) throws Exception {
    check(Path.of(StoredDecoderTest.class.getResource("/golden/" + family).toURI()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2"})
  void andInOtherFamilies(String family) throws Exception {
    check(SharedData.path("golden/public/" + family));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "mixtral", "qwen2_moe", "qwen3_moe"})
  void othersHaveNone(String family) throws Exception {
    Path folder = Path.of(StoredDecoderTest.class.getResource("/golden/" + family).toURI());
    try (Checkpoint checkpoint = Checkpoint.open(folder);
        CausalModel model =
            CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32))) {
      assertThat(model.decoder()).isEmpty();
      try (KvCache cache = model.newCache()) {
        assertThat(model.next(new long[] {3}, List.of(cache))[0]).isNotEmpty();
        assertThat(cache.length()).isEqualTo(1);
      }
    }
  }

  private static void check(Path folder) throws Exception {
    try (Checkpoint checkpoint = Checkpoint.open(folder);
        CausalModel model =
            CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32));
        KvCache longer = model.newCache();
        KvCache longerByTorch = model.newCache();
        KvCache shorter = model.newCache();
        KvCache shorterByTorch = model.newCache();
        var _ = TensorScope.open()) {
      Decoder decoder = model.decoder().orElseThrow();
      long[] tokens = new long[40];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = (7 * i + 3) % model.architecture().vocabularySize();
      }
      // What libtorch has begun goes on by kernels, beside a text from its first token on.
      model.logits(ids(Arrays.copyOf(tokens, 20)), longer, 1);
      model.logits(ids(Arrays.copyOf(tokens, 20)), longerByTorch, 1);
      for (int at = 20; at < 40; at++) {
        float[][] made =
            decoder.step(new long[] {tokens[at], tokens[at - 20]}, List.of(longer, shorter));
        close(made[0], floats(model.logits(ids(tokens[at]), longerByTorch, 1))[0]);
        close(made[1], floats(model.logits(ids(tokens[at - 20]), shorterByTorch, 1))[0]);
      }
      // And back; and several tokens of one text at once.
      model.logits(ids(tokens[20], tokens[21]), shorter, 1);
      model.logits(ids(tokens[20], tokens[21]), shorterByTorch, 1);
      float[][] three =
          decoder.step(
              new long[] {tokens[22], tokens[23], tokens[24]}, List.of(shorter, shorter, shorter));
      for (int i = 0; i < 3; i++) {
        close(three[i], floats(model.logits(ids(tokens[22 + i]), shorterByTorch, 1))[0]);
      }
      assertThat(shorter.length()).isEqualTo(25);
    }
  }

  private static void close(float[] made, float[] expected) {
    assertThat(made).hasSameSizeAs(expected);
    for (int i = 0; i < made.length; i++) {
      assertThat(made[i]).isCloseTo(expected[i], within(1e-3f));
    }
  }

  private static Tensor ids(long... tokens) {
    try (var scope = TensorScope.open();
        var arena = Arena.ofConfined()) {
      var segment = arena.allocateFrom(ValueLayout.JAVA_LONG, tokens);
      return scope.keep(NativeMemory.tensor(segment, Dtype.I64, 1, tokens.length).clone());
    }
  }

  private static float[][] floats(Tensor logits) {
    Tensor wide = logits.to(ScalarType.Float).contiguous();
    float[] all = NativeMemory.bytes(wide).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    int width = (int) logits.size(2);
    var rows = new float[all.length / width][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(all, i * width, (i + 1) * width);
    }
    return rows;
  }
}
