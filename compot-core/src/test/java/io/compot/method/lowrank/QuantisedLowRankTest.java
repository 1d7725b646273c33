package io.compot.method.lowrank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.argsort;
import static org.bytedeco.pytorch.global.torch.linalg_cholesky;
import static org.bytedeco.pytorch.global.torch.linalg_inv;

import io.compot.error.CompotException;
import io.compot.form.LowRankForm;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.LowRankCodec;
import io.compot.method.ComponentLevels;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.quantise.Feedback;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.RangeRule;
import io.compot.quantise.RoundToNearest;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import io.compot.testing.Matrices;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
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
        Feedback input = Feedback.of(gram, Feedback.Order.ACTIVITY, "p");
        QuantisedLowRank found =
            QuantisedLowRank.of(
                "p", made.factors(), weight, gram, input, left, grid, RangeRule.LEAST_SQUARES)) {
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

  /** GPTQ as its paper has it, number by number: with the inverse of each factor's Gram matrix. */
  @Test
  void codesAreThoseOfGptqOnEachFactor() throws CompotException {
    Tensor weight = Matrices.gaussian(30, 24, 1).to(ScalarType.Float);
    Tensor gram = Matrices.gram(24, 100, 2);
    var grid = new Grid(4, 8, false, Dtype.F32);
    try (Whitening whitening = Whitening.of(gram, "p");
        Factorisation made =
            new SvdLlmMethod()
                .factorise(
                    new LayerProblem("p", weight, whitening, Dtype.F32, 0),
                    LowRankForm.plain(16, Dtype.F32));
        Feedback input = Feedback.of(gram, Feedback.Order.ACTIVITY, "p");
        QuantisedLowRank found =
            QuantisedLowRank.of(
                "p", made.factors(), weight, gram, input, grid, grid, RangeRule.MIN_MAX)) {
      Tensor left = made.factors().part(LowRankCodec.LEFT).to(ScalarType.Double);
      Tensor right = made.factors().part(LowRankCodec.RIGHT).to(ScalarType.Double);
      Tensor levels = ComponentLevels.of(left.square().sum(0).sqrt(), right.square().sum(1).sqrt());
      assertThat(differences(right.mul(levels.unsqueeze(1)), gram, found.right())).isZero();
      Tensor stored = found.right().dense(Dtype.F64);
      Tensor outputs = stored.mm(gram).mm(stored.t());
      Tensor refitted =
          weight.to(ScalarType.Double).mm(gram).mm(stored.t()).mm(linalg_inv(outputs));
      assertThat(differences(refitted, outputs, found.left())).isLessThanOrEqualTo(2);
    }
  }

  /** How many codes a naive GPTQ on the same scales has otherwise. */
  private static int differences(Tensor matrix, Tensor gram, GroupedMatrix found) {
    int columns = Math.toIntExact(matrix.size(1));
    Tensor damped = gram.clone();
    damped.diagonal().add_(new Scalar(0.01 * gram.diagonal().mean().item_double()));
    Tensor order = argsort(gram.diagonal(), true, 0, true);
    Tensor permuted = damped.index_select(0, order).index_select(1, order);
    Tensor upper = linalg_cholesky(linalg_inv(permuted)).t();
    Tensor left = matrix.index_select(1, order).clone();
    Tensor codes = found.integers();
    Tensor zeros = found.zeroPoints();
    int differences = 0;
    for (int row = 0; row < matrix.size(0); row++) {
      for (int j = 0; j < columns; j++) {
        long column = order.get(j).item_long();
        long group = column / found.grid().groupIn(columns);
        double scale = found.scales().get(row).get(group).item_double();
        double zero = zeros.get(row).get(group).item_double();
        double value = left.get(row).get(j).item_double();
        double code = Math.clamp(Math.rint(value / scale + zero), 0, found.grid().top());
        differences += code == codes.get(row).get(column).item_double() ? 0 : 1;
        double error = (value - scale * (code - zero)) / upper.get(j).get(j).item_double();
        left.get(row).sub_(upper.get(j).mul(new Scalar(error)));
      }
    }
    return differences;
  }

  private static double error(Tensor weight, Tensor dense, Tensor gram) {
    Tensor error = dense.sub(weight.to(ScalarType.Double));
    return error.mm(gram).mul_(error).sum().item_double();
  }
}
