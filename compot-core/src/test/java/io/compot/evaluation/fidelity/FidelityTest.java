package io.compot.evaluation.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.evaluation.LoadedModel;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.DenseLinear;
import io.compot.model.Linear;
import io.compot.model.WeightLoader;
import io.compot.progress.ProgressListener;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.util.Random;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class FidelityTest {

  private static long[] tokens() {
    var random = new Random(2);
    return LongStream.range(0, 100).map(_ -> 3 + random.nextInt(500)).toArray();
  }

  /** The model with its projections a little too large. */
  private static CausalModel damaged(LoadedModel loaded, double factor) throws InputException {
    return CausalModel.load(
        Architecture.of(loaded.checkpoint()),
        WeightLoader.of(loaded.checkpoint(), Dtype.F32).decorated(each -> scaled(each, factor)));
  }

  private static Linear scaled(Linear linear, double factor) {
    if (linear instanceof DenseLinear dense) {
      try (var scope = TensorScope.open()) {
        Tensor weight = scope.own(dense.weight().mul(new Scalar(factor)));
        return new DenseLinear(dense.name(), weight, dense.bias());
      }
    }
    return linear;
  }

  private static FidelityReport measure(CausalModel model, CausalModel original) throws Exception {
    return Fidelity.measure(model, original, tokens(), 32, ProgressListener.none());
  }

  @Test
  void nothingDiffersFromItself() throws Exception {
    try (var loaded = LoadedModel.open(SharedData.path("data/stories260k/hf"))) {
      FidelityReport report = measure(loaded.model(), loaded.model());
      assertThat(report.klDivergence()).isZero();
      assertThat(report.topAgreement()).isEqualTo(1);
      assertThat(report.hiddenStateErrors()).hasSize(6).containsOnly(0.0);
      assertThat(report.windows()).isEqualTo(4);
      assertThat(report.positions()).isEqualTo(100);
    }
  }

  @Test
  void growsWithTheDamageAndAgreesWithPlainFormulas() throws Exception {
    try (var loaded = LoadedModel.open(SharedData.path("data/stories260k/hf"));
        var little = damaged(loaded, 1.01);
        var much = damaged(loaded, 1.2)) {
      FidelityReport small = measure(little, loaded.model());
      FidelityReport large = measure(much, loaded.model());
      assertThat(small.klDivergence()).isPositive().isLessThan(large.klDivergence());
      assertThat(large.topAgreement()).isLessThan(small.topAgreement());
      assertThat(small.hiddenStateErrors().getFirst()).as("the embedding is untouched").isZero();
      assertThat(small.hiddenStateErrors().getLast())
          .isPositive()
          .isLessThan(large.hiddenStateErrors().getLast());
      assertThat(large.klDivergence()).isCloseTo(divergence(much, loaded.model()), within(1e-5));
    }
  }

  private static double divergence(CausalModel model, CausalModel original) {
    double sum = 0;
    for (int from = 0; from < 100; from += 32) {
      try (var _ = TensorScope.open()) {
        long[] ids = LongStream.of(tokens()).skip(from).limit(32).toArray();
        Tensor window = Tensor.create(ids).unsqueeze(0);
        Tensor q = log_softmax(model.logits(window).to(ScalarType.Double), -1);
        Tensor p = log_softmax(original.logits(window).to(ScalarType.Double), -1);
        sum += p.exp().mul(p.sub(q)).sum().item_double();
      }
    }
    return sum / 100;
  }

  @Test
  void refusesModelsOfAnotherShape() throws Exception {
    try (var loaded = LoadedModel.open(SharedData.path("data/stories260k/hf"));
        var other = LoadedModel.open(SharedData.path("data/trained/opt-tinystories-1m"))) {
      assertThatThrownBy(() -> measure(other.model(), loaded.model()))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("differ in shape");
      assertThatThrownBy(() ->
              Fidelity.measure(
                  loaded.model(), loaded.model(), tokens(), 513, ProgressListener.none()))
          .isInstanceOf(UsageException.class);
    }
  }
}
