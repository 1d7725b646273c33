package io.compot.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.full;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every family against the outputs of third-party code. */
class GoldenForwardTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "qwen3",
        "mistral_sliding",
        "qwen3_moe",
        "gpt2",
        "gemma2",
        "gemma3_text",
        "mixtral",
        "qwen2_moe",
        "phi3",
        "olmo2",
        "granite",
        "smollm3"
      })
  void bundledFixturesAgree(String fixture) throws Exception {
    agrees(Path.of(GoldenForwardTest.class.getResource("/golden/" + fixture).toURI()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "llama_bf16_sharded",
        "llama_rope_llama3",
        "llama_tied",
        "llama_v5config",
        "mistral",
        "mistral_sliding",
        "qwen2",
        "qwen3",
        "qwen3_moe",
        "gpt2",
        "gemma2",
        "gemma3_text",
        "opt",
        "opt_postln_proj"
      })
  void everyFixtureAgrees(String fixture) throws Exception {
    agrees(SharedData.path("golden/public/" + fixture));
  }

  private static void agrees(Path folder) throws InputException {
    try (var checkpoint = Checkpoint.open(folder);
        var golden = Golden.open(folder);
        var grams = new Golden.Grams()) {
      var loader = WeightLoader.of(checkpoint, Dtype.F32).decorated(grams::observe);
      Architecture architecture = Architecture.of(checkpoint);
      try (var model = CausalModel.load(architecture, loader)) {
        for (String sequence : golden.sequences()) {
          wholeSequenceAgrees(golden, model, sequence);
        }
        golden.assertGrams(grams.byName);
        for (String sequence : golden.sequences()) {
          tokenByTokenAgrees(golden, model, sequence);
        }
        groupsNameWhatIsApplied(architecture, grams.byName);
      }
    }
  }

  private static void wholeSequenceAgrees(Golden golden, CausalModel model, String sequence)
      throws InputException {
    try (var _ = TensorScope.open()) {
      Tensor tokens = golden.tokens(sequence);
      Map<String, Tensor> trace = model.trace(tokens);
      golden.assertTrace(sequence, trace);
      golden.assertLoss(sequence, requireNonNull(trace.get("logits")).squeeze(0));
    }
  }

  /** With a cache, in steps of one; then six greedy tokens more; then in uneven steps. */
  private static void tokenByTokenAgrees(Golden golden, CausalModel model, String sequence)
      throws InputException {
    try (var _ = TensorScope.open();
        KvCache cache = model.newCache()) {
      Tensor tokens = golden.tokens(sequence);
      long count = tokens.size(1);
      TensorVector rows = new TensorVector();
      Tensor last = tokens;
      for (long at = 0; at < count; at++) {
        last = model.logits(tokens.narrow(1, at, 1), cache, 1);
        rows.push_back(last.view(1, -1));
      }
      golden.assertLogits(sequence, cat(rows, 0));

      List<Long> greedy = new ArrayList<>();
      for (int step = 0; step < 6; step++) {
        long next = last.view(-1).argmax().item_long();
        greedy.add(next);
        Tensor one =
            full(new long[] {1, 1}, new Scalar(next), new TensorOptions(Dtype.I64.scalarType()));
        last = model.logits(one, cache, 1);
      }
      golden.assertGreedy(sequence, greedy);

      cache.clear();
      long first = count / 3;
      Tensor start = model.logits(tokens.narrow(1, 0, first), cache, first).squeeze(0);
      Tensor rest =
          model.logits(tokens.narrow(1, first, count - first), cache, count - first).squeeze(0);
      golden.assertLogits(sequence, cat(new TensorVector(start, rest), 0));
    }
  }

  /** What a family says of shared inputs is true of the inputs that were seen. */
  private static void groupsNameWhatIsApplied(
      Architecture architecture, Map<String, Tensor> grams) {
    for (int layer = 0; layer < architecture.decoder().blocks(); layer++) {
      for (SharedInput group : architecture.decoder().projections(layer)) {
        Tensor first = requireNonNull(grams.get(group.first().name()));
        for (Projection projection : group.projections()) {
          assertThat(grams).containsKey(projection.name());
          assertThat(requireNonNull(grams.get(projection.name())).equal(first))
              .as(projection.name())
              .isTrue();
          assertThat(projection.in()).isEqualTo(first.size(0));
        }
      }
    }
  }
}
