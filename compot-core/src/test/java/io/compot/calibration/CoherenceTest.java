package io.compot.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class CoherenceTest {

  /** Tokens of the same input and gradient do together as many times more as there are. */
  @Test
  void whatIsTheSameAddsUp() {
    manual_seed(1);
    try (var _ = TensorScope.open()) {
      var coherence = new Coherence();
      Tensor x = randn(3, 1, 5).expand(3, 7, 5);
      Tensor g = randn(3, 1, 4).expand(3, 7, 4);
      coherence.add(x, g);
      assertThat(coherence.factor()).isCloseTo(7, within(1e-4));
    }
  }

  /** What has nothing in common does not; and samples are nothing to each other. */
  @Test
  void chanceDoesNotAddUp() {
    manual_seed(2);
    try (var _ = TensorScope.open()) {
      var coherence = new Coherence();
      for (int batch = 0; batch < 20; batch++) {
        coherence.add(randn(4, 50, 16), randn(4, 50, 16));
      }
      assertThat(coherence.factor()).isCloseTo(1, within(0.1));
      var single = new Coherence();
      single.add(randn(1, 1, 5).expand(6, 1, 5), randn(1, 1, 4).expand(6, 1, 4));
      assertThat(single.factor()).isCloseTo(1, within(1e-5));
      assertThat(new Coherence().factor()).isOne();
    }
  }
}
