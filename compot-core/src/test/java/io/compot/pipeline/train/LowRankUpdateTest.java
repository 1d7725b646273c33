package io.compot.pipeline.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.model.WeightLayout;
import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against sums over single numbers. */
class LowRankUpdateTest {

  private static final int IN = 5;
  private static final int OUT = 4;
  private static final int RANK = 2;
  private static final double SCALE = 1.5;

  private static Tensor gaussian(long rows, long columns, int seed) {
    return Matrices.gaussian(rows, columns, seed).to(ScalarType.Float);
  }

  private static double at(Tensor matrix, long row, long column) {
    return matrix.select(0, row).select(0, column).item_double();
  }

  /** The entry of W + s B A. */
  private static double merged(Tensor weight, Tensor down, Tensor up, int row, int column) {
    double sum = at(weight, row, column);
    for (int k = 0; k < RANK; k++) {
      sum += SCALE * at(up, row, k) * at(down, k, column);
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource(WeightLayout.class)
  void whatIsStoredIsTheSumAndDoesTheSame(WeightLayout layout) {
    try (var _ = TensorScope.open()) {
      Tensor weight = gaussian(OUT, IN, 1);
      try (var update = new LowRankUpdate(layout.turned(weight), layout, RANK, SCALE, 3)) {
        Tensor down = Objects.requireNonNull(update.numbers().get("lora_A")).detach();
        Tensor up = Objects.requireNonNull(update.numbers().get("lora_B")).detach();
        assertThat(down.shape()).containsExactly(RANK, IN);
        assertThat(down.abs().amax().item_double()).isBetween(0.05, 1 / Math.sqrt(IN));
        Tensor x = gaussian(3, IN, 5);
        assertThat(update.apply(x).equal(x.matmul(weight.t()))).isTrue(); // B is 0

        up.copy_(gaussian(OUT, RANK, 7));
        Tensor stored = Objects.requireNonNull(update.stored().get("weight"));
        Tensor sum = layout.turned(stored);
        for (int row = 0; row < OUT; row++) {
          for (int column = 0; column < IN; column++) {
            assertThat(at(sum, row, column))
                .isCloseTo(merged(weight, down, up, row, column), within(1e-5));
          }
        }
        assertThat(stored.requires_grad()).isFalse();
        Tensor output = update.apply(x).detach();
        for (int token = 0; token < 3; token++) {
          for (int row = 0; row < OUT; row++) {
            double expected = 0;
            for (int column = 0; column < IN; column++) {
              expected += at(x, token, column) * merged(weight, down, up, row, column);
            }
            assertThat(at(output, token, row)).isCloseTo(expected, within(1e-5));
          }
        }
      }
    }
  }

  /** Rounded as the checkpoint has it, until that is closed. */
  @Test
  void whatIsStoredIsShownForAWhile() {
    try (var _ = TensorScope.open()) {
      Tensor weight = gaussian(OUT, IN, 1);
      try (var update = new LowRankUpdate(weight, WeightLayout.OUT_IN, RANK, SCALE, 3)) {
        Objects.requireNonNull(update.numbers().get("lora_B"))
            .detach()
            .copy_(gaussian(OUT, RANK, 7));
        Tensor x = gaussian(3, IN, 5);
        Tensor exact = update.apply(x).detach().clone();
        Tensor rounded =
            Objects.requireNonNull(update.stored().get("weight")).to(ScalarType.BFloat16);
        try (var _ = update.show(List.of(rounded))) {
          Tensor shown = update.apply(x);
          assertThat(shown.equal(x.matmul(rounded.to(ScalarType.Float).t()))).isTrue();
          assertThat(shown.equal(exact)).isFalse();
        }
        assertThat(update.apply(x).equal(exact)).isTrue();
      }
    }
  }

  /** Gradients reach A and B, by the difference that small changes make. */
  @Test
  void bothFactorsAreTrained() {
    try (var _ = TensorScope.open()) {
      try (var update =
          new LowRankUpdate(gaussian(OUT, IN, 1), WeightLayout.OUT_IN, RANK, SCALE, 3)) {
        Objects.requireNonNull(update.numbers().get("lora_B"))
            .detach()
            .copy_(gaussian(OUT, RANK, 7));
        Tensor x = gaussian(3, IN, 5);
        update.apply(x).square().sum().backward();
        for (Tensor leaf : update.numbers().values()) {
          Tensor gradient = leaf.grad().clone();
          Tensor step = gradient.div(gradient.norm()).mul(new Scalar(1e-2));
          leaf.detach().add_(step);
          double above = update.apply(x).square().sum().item_double();
          leaf.detach().sub_(step).sub_(step);
          double below = update.apply(x).square().sum().item_double();
          leaf.detach().add_(step);
          double slope = step.mul(gradient).sum().item_double();
          assertThat((above - below) / 2).isCloseTo(slope, within(0.01 * slope));
        }
      }
    }
  }

  @Test
  void theSeedDecides() {
    try (var _ = TensorScope.open()) {
      Tensor weight = gaussian(OUT, IN, 1);
      try (var one = new LowRankUpdate(weight, WeightLayout.OUT_IN, RANK, SCALE, 3);
          var same = new LowRankUpdate(weight, WeightLayout.OUT_IN, RANK, SCALE, 3);
          var other = new LowRankUpdate(weight, WeightLayout.OUT_IN, RANK, SCALE, 4)) {
        Tensor down = Objects.requireNonNull(one.numbers().get("lora_A"));
        assertThat(down.equal(Objects.requireNonNull(same.numbers().get("lora_A")))).isTrue();
        assertThat(down.equal(Objects.requireNonNull(other.numbers().get("lora_A")))).isFalse();
      }
    }
  }
}
