package io.compot.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class SampleGradientsTest {

  /** Tokens of the same input and gradient do together as many times more as there are. */
  @Test
  void whatIsTheSameAddsUp() {
    manual_seed(1);
    try (var _ = TensorScope.open();
        var samples = new SampleGradients(_ -> false)) {
      Tensor x = randn(3, 1, 5).expand(3, 7, 5);
      Tensor g = randn(3, 1, 4).expand(3, 7, 4);
      samples.add(x, g);
      assertThat(samples.coherence()).isCloseTo(7, within(1e-4));
      assertThat(samples.known()).isFalse();
    }
  }

  /** What has nothing in common does not; and samples are nothing to each other. */
  @Test
  void chanceDoesNotAddUp() {
    manual_seed(2);
    try (var _ = TensorScope.open();
        var many = new SampleGradients(_ -> false);
        var single = new SampleGradients(_ -> false);
        var none = new SampleGradients(_ -> true)) {
      for (int batch = 0; batch < 20; batch++) {
        many.add(randn(4, 50, 16), randn(4, 50, 16));
      }
      assertThat(many.coherence()).isCloseTo(1, within(0.1));
      single.add(randn(1, 1, 5).expand(6, 1, 5), randn(1, 1, 4).expand(6, 1, 4));
      assertThat(single.coherence()).isCloseTo(1, within(1e-5));
      assertThat(none.coherence()).isOne();
      assertThat(none.known()).isFalse();
    }
  }

  /** As the formula says, token by token; samples that are not asked count as the others. */
  @Test
  void predictsFromTheWholeGradients() {
    manual_seed(3);
    try (var _ = TensorScope.open();
        var samples = new SampleGradients(sample -> sample != 0)) {
      Tensor x = randn(6, 7, 5);
      Tensor g = randn(6, 7, 4);
      samples.add(x.narrow(0, 0, 4), g.narrow(0, 0, 4));
      samples.add(x.narrow(0, 4, 2), g.narrow(0, 4, 2));
      Tensor change = randn(4, 5);
      double sum = 0;
      for (int sample = 1; sample < 6; sample += 2) {
        double slope = 0;
        for (int token = 0; token < 7; token++) {
          Tensor moved = change.mv(x.select(0, sample).select(0, token));
          slope += moved.dot(g.select(0, sample).select(0, token)).item_double();
        }
        sum += slope * slope;
      }
      assertThat(samples.rise(change, 42, sample -> sample % 2 == 1))
          .isCloseTo(sum / 2 / 42 * 2, within(1e-4 * sum));
    }
  }
}
