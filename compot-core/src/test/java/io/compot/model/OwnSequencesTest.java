package io.compot.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.checkpoint.Checkpoint;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwnSequencesTest {

  /** Steps that sequences of several lengths share are those that each would take alone. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mistral_sliding",
        "qwen3",
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
  void sharedStepsAreThoseOfEachAlone(String family) throws Exception {
    check(Path.of(OwnSequencesTest.class.getResource("/golden/" + family).toURI()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2", "opt"})
  void andInOtherFamilies(String family) throws Exception {
    check(SharedData.path("golden/public/" + family));
  }

  private static void check(Path folder) throws Exception {
    try (Checkpoint checkpoint = Checkpoint.open(folder);
        CausalModel model =
            CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32));
        KvCache one = model.newCache();
        KvCache two = model.newCache();
        KvCache three = model.newCache();
        KvCache alone = model.newCache();
        var scope = TensorScope.open()) {
      List<KvCache> caches = List.of(one, two, three);
      int[] lengths = {3, 50, 17};
      for (int row = 0; row < 3; row++) {
        model.logits(prompt(lengths[row], row), caches.get(row), 1);
      }
      for (int step = 0; step < 3; step++) {
        model.step(new long[] {step, 40 + step, 30 - step}, caches);
      }
      Tensor shared = model.step(new long[] {7, 8, 9}, caches);
      for (int row = 0; row < 3; row++) {
        alone.clear();
        model.logits(prompt(lengths[row], row), alone, 1);
        for (int step = 0; step < 3; step++) {
          long token = row == 0 ? step : row == 1 ? 40 + step : 30 - step;
          model.logits(Tensor.create(new long[] {token}).view(1, 1), alone, 1);
        }
        Tensor own = model.logits(Tensor.create(new long[] {7 + row}).view(1, 1), alone, 1);
        double error = own.view(-1).sub(shared.select(0, row)).abs().max().item_double();
        assertThat(error).as("row %d", row).isLessThan(1e-4);
        assertThat(caches.get(row).length()).isEqualTo(lengths[row] + 4L);
      }
      assertThat(scope).isNotNull();
    }
  }

  private static Tensor prompt(int length, int row) {
    long[] tokens = LongStream.range(0, length).map(i -> (i * 7 + row) % 50).toArray();
    return Tensor.create(tokens).view(1, length);
  }
}
