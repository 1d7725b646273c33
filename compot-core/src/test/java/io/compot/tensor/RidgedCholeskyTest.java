package io.compot.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.pytorch.global.torch.full;
import static org.bytedeco.pytorch.global.torch.ones;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class RidgedCholeskyTest {

  private static final TensorOptions DOUBLE = new TensorOptions(ScalarType.Double);

  /** All ones, less a half of the identity: the least eigenvalue is -0.5, so μ has to pass that. */
  @Test
  void growsTheRidgeUntilThereIsAFactor() {
    try (var _ = TensorScope.open()) {
      Tensor a = ones(new long[] {4, 4}, DOUBLE);
      a.diagonal().sub_(new Scalar(0.5));
      Tensor lower = RidgedCholesky.lower(a, 0.01);
      Tensor expected = ones(new long[] {4, 4}, DOUBLE);
      expected.diagonal().add_(new Scalar(0.5)); // μ = 1, after 0.01 and 0.1
      assertThat(lower.mm(lower.t()).sub(expected).abs().max().item_double()).isLessThan(1e-12);
    }
  }

  @Test
  void refusesWhatIsNoNumber() {
    try (var _ = TensorScope.open()) {
      Tensor nothing = full(new long[] {3, 3}, new Scalar(Double.NaN), DOUBLE);
      assertThatThrownBy(() -> RidgedCholesky.lower(nothing, 1e-10))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("numbers that are none");
    }
  }
}
