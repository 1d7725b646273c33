package io.compot.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.eye;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.error.FailureException;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GramTest {

  /** Widths below, at and over the strips in which the product is formed. */
  @ParameterizedTest
  @ValueSource(longs = {1, 7, 1024, 1500, 2049})
  void isTheProductOfAllRows(long in) throws FailureException {
    manual_seed(1);
    try (var _ = TensorScope.open();
        var gram = new Gram("layer", in)) {
      Tensor x = randn(2, 30, in).mul(new Scalar(1e3));
      gram.add(x.narrow(0, 0, 1));
      gram.add(x.narrow(0, 1, 1));
      gram.requireFinite();
      Tensor rows = x.reshape(-1, in).to(ScalarType.Double);
      Tensor expected = rows.t().mm(rows);
      Tensor matrix = gram.matrix();
      assertThat(gram.tokens()).isEqualTo(60);
      assertThat(matrix.sub(expected).abs().max().item_double())
          .isLessThan(1e-12 * expected.abs().max().item_double());
      assertThat(matrix.equal(matrix.t())).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void namesTheLayerWhoseInputIsNoNumber(double bad) {
    try (var _ = TensorScope.open();
        var gram = new Gram("model.layers.3.mlp.down_proj", 4)) {
      Tensor x = randn(5, 4);
      x.narrow(0, 2, 1).fill_(new Scalar(bad));
      gram.add(x);
      assertThatThrownBy(gram::requireFinite)
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("model.layers.3.mlp.down_proj")
          .hasMessageContaining("NaN or infinite");
    }
  }

  /** The sum of many magnitudes of bf16's largest numbers is still a double. */
  @Test
  void hugeNumbersAreNumbers() throws FailureException {
    try (var _ = TensorScope.open();
        var gram = new Gram("layer", 2)) {
      gram.add(randn(4, 2).fill_(new Scalar(3e38)).to(ScalarType.BFloat16));
      gram.requireFinite();
      assertThat(gram.matrix().isfinite().all().item_bool()).isTrue();
    }
  }

  /** As the paper's formula says, one token after the other. */
  @Test
  void isShrunkByWhatIsChance() {
    manual_seed(3);
    try (var _ = TensorScope.open();
        var gram = Gram.ofSingleProducts("layer", 6)) {
      Tensor x = randn(40, 6).mul(arange(new Scalar(1), new Scalar(7)));
      gram.add(x.narrow(0, 0, 15));
      gram.add(x.narrow(0, 15, 25));
      Tensor rows = x.to(ScalarType.Double);
      Tensor mean = rows.t().mm(rows).div(new Scalar(40));
      double chance = 0;
      for (int i = 0; i < 40; i++) {
        Tensor row = rows.narrow(0, i, 1);
        chance += row.t().mm(row).sub(mean).square().sum().item_double() / 40 / 40;
      }
      double scale = mean.diagonal().mean().item_double();
      Tensor round = eye(6, new TensorOptions(ScalarType.Double)).mul(new Scalar(scale));
      double rho = chance / mean.sub(round).square().sum().item_double();
      assertThat(gram.shrink(0)).isCloseTo(rho, within(1e-6));
      assertThat(rho).isBetween(0.01, 0.9);
      Tensor expected = mean.mul(new Scalar(1 - rho)).add(round.mul(new Scalar(rho)));
      assertThat(gram.matrix().div(new Scalar(40)).sub(expected).abs().max().item_double())
          .isLessThan(1e-4);
    }
  }

  /** Fewer tokens than directions, of which some would cost nothing; many change nothing. */
  @Test
  void fewTokensAreShrunkTowardsTheTruthAndManyLeft() {
    manual_seed(4);
    try (var _ = TensorScope.open();
        var few = Gram.ofSingleProducts("layer", 64);
        var many = Gram.ofSingleProducts("layer", 64);
        var none = Gram.ofSingleProducts("layer", 64)) {
      Tensor sizes = arange(new Scalar(1), new Scalar(65)).div(new Scalar(16));
      Tensor truth = sizes.to(ScalarType.Double).square().diag();
      few.add(randn(32, 64).mul(sizes));
      double before = few.matrix().div(new Scalar(32)).sub(truth).norm().item_double();
      assertThat(few.shrink(0)).isBetween(0.3, 1.0);
      assertThat(few.matrix().div(new Scalar(32)).sub(truth).norm().item_double())
          .isLessThan(0.8 * before);
      many.add(randn(20_000, 64).mul(sizes));
      assertThat(many.shrink(0)).isLessThan(0.01);
      assertThat(many.shrink(0.75)).isEqualTo(0.75);
      assertThat(none.shrink(0)).isZero();
      assertThat(none.matrix().abs().max().item_double()).isZero();
    }
  }
}
