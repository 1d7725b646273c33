package io.compot.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.compot.checkpoint.Checkpoint;
import io.compot.generation.Generator;
import io.compot.generation.SamplingSettings;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that were really trained, against logits and text of other programs. */
class TrainedModelTest {

  @ParameterizedTest
  @ValueSource(strings = {"opt-tinystories-1m", "qwen2-tinystories-1m", "wiki-llama-5m"})
  void logitsAgree(String name) throws Exception {
    Path folder = SharedData.path("data/trained/" + name);
    Path golden = folder.resolve("golden_wiki64.npz");
    try (var checkpoint = Checkpoint.open(folder);
        var model =
            CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32));
        var _ = TensorScope.open()) {
      Tensor logits = model.logits(tokens(NpzFile.read(golden, "ids")));
      Golden.assertClose(name, logits, like(logits, NpzFile.read(golden, "logits")), 1e-3, 0);
    }
  }

  @Test
  void storiesHiddenStatesAndLogitsAgree() throws Exception {
    Path folder = SharedData.path("data/stories260k");
    Path golden = folder.resolve("golden/forward.npz");
    try (var checkpoint = Checkpoint.open(folder.resolve("hf"));
        var model =
            CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32));
        var _ = TensorScope.open()) {
      var trace = model.trace(tokens(NpzFile.read(golden, "ids")));
      double[] hidden = NpzFile.read(golden, "hidden");
      for (int layer = 0; layer <= 5; layer++) {
        Tensor actual = requireNonNull(trace.get("hidden." + layer));
        int size = (int) actual.numel();
        double[] expected = Arrays.copyOfRange(hidden, layer * size, (layer + 1) * size);
        Golden.assertClose("hidden." + layer, actual, like(actual, expected), 1e-4, 1e-4);
      }
      Tensor logits = requireNonNull(trace.get("logits"));
      Golden.assertClose("logits", logits, like(logits, NpzFile.read(golden, "logits")), 1e-3, 0);
    }
  }

  /** The text that llama2.c's own test expects of this model, token by token. */
  @Test
  void storiesTellTheExpectedStory() throws Exception {
    Path folder = SharedData.path("data/stories260k");
    String expected = Files.readString(folder.resolve("golden/expected_greedy_200.txt"));
    try (var checkpoint = Checkpoint.open(folder.resolve("hf"));
        var model =
            CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32));
        var tokenizer = TextTokenizer.open(checkpoint.folder(), checkpoint.config())) {
      var settings = new Generator.Settings(200, SamplingSettings.greedy(), 0, Set.of());
      var result = new Generator(model).generate(new long[] {1}, settings, _ -> true);
      long[] written = result.tokens().stream().mapToLong(Long::longValue).toArray();
      assertThat(result.end()).isEqualTo(Generator.End.MAX_TOKENS);
      assertThat(tokenizer.decode(written, true).strip()).isEqualTo(expected.strip());
    }
  }

  private static Tensor tokens(double[] ids) {
    return Tensor.create(Arrays.stream(ids).mapToLong(id -> (long) id).toArray()).view(1, -1);
  }

  private static Tensor like(Tensor shape, double[] values) {
    return Tensor.create(values).view_as(shape);
  }
}
