package io.compot.method.lowrank;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.error.CompotException;
import io.compot.form.LowRankForm;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.LowRankCodec;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.quantise.Grid;
import io.compot.quantise.RangeRule;
import io.compot.quantise.RoundToNearest;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import io.compot.testing.Matrices;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantisedLowRankTest {

  private static final int RANK = 36;

  private final TensorScope scope = TensorScope.open();

  @AfterEach
  void close() {
    scope.close();
  }

  @ParameterizedTest
  @CsvSource({"3, true", "4, false", "8, true"})
  void errsLittleMoreThanTheFactorsAndLessThanRounding(int width, boolean symmetric)
      throws CompotException {
    Tensor weight = Matrices.gaussian(100, 64, 1).to(ScalarType.Float);
    Tensor gram = Matrices.gram(64, 300, 2);
    var grid = new Grid(width, 16, symmetric, Dtype.F16);
    Grid left = grid.fitting(RANK);
    assertThat(left.group()).isEqualTo(12);
    try (Whitening whitening = Whitening.of(gram, "p");
        Factorisation made =
            new SvdLlmMethod()
                .factorise(
                    new LayerProblem("p", weight, whitening, Dtype.F32, 0),
                    LowRankForm.plain(RANK, Dtype.F32));
        QuantisedLowRank found =
            QuantisedLowRank.of(
                "p", made.factors(), weight, gram, left, grid, RangeRule.LEAST_SQUARES)) {
      var factors = made.factors();
      assertThat(found.bits()).isEqualTo(left.bits(100, RANK) + grid.bits(RANK, 64));
      try (var l =
              RoundToNearest.quantise(
                  "p", factors.part(LowRankCodec.LEFT), left, RangeRule.LEAST_SQUARES);
          var r =
              RoundToNearest.quantise(
                  "p", factors.part(LowRankCodec.RIGHT), grid, RangeRule.LEAST_SQUARES)) {
        double exact = error(weight, Codecs.dense(factors, Dtype.F64), gram);
        double fed = error(weight, found.dense(Dtype.F64), gram);
        Tensor nearest = l.dense(Dtype.F64).mm(r.dense(Dtype.F64));
        assertThat(fed).isLessThan(exact + 0.6 * (error(weight, nearest, gram) - exact));
      }
    }
  }

  private static double error(Tensor weight, Tensor dense, Tensor gram) {
    Tensor error = dense.sub(weight.to(ScalarType.Double));
    return error.mm(gram).mul_(error).sum().item_double();
  }
}
