package io.compot.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.error.FailureException;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
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
}
