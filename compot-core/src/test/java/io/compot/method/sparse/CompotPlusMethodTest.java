package io.compot.method.sparse;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.error.FailureException;
import io.compot.form.SparseForm;
import io.compot.form.codec.Codecs;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import io.compot.testing.Matrices;
import io.compot.testing.Unpacked;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class CompotPlusMethodTest {

  private static final SparseForm SIZE = SparseForm.plain(20, 8, Dtype.F32);

  @Test
  void budgetHoldsForTheMatrixAndEveryColumnHasAnEntry() throws FailureException {
    try (var _ = TensorScope.open()) {
      // Most energy in few columns of W: their neighbours would get nothing.
      Tensor weight = Matrices.gaussian(48, 32, 1);
      weight.narrow(0, 0, 8).mul_(new Scalar(1000.0));
      try (Whitening whitening = whitening();
          Factorisation found =
              CompotPlusMethod.standard().factorise(problem(weight, whitening, null), SIZE)) {
        var factors = Unpacked.of(found.factors());
        Tensor stored = factors.code().view(ScalarType.Long).ne(new Scalar(0L));
        assertThat(stored.sum().item_long()).isEqualTo(8 * 48).isEqualTo(factors.nonzeros());
        assertThat(stored.sum(1).amin().item_long()).isPositive();
        assertThat(stored.sum(1).amax().item_long()).isGreaterThan(8);
      }
    }
  }

  /** Each ingredient is worth something on its own ground. */
  @Test
  void everyIngredientLowersTheErrorItIsMeantFor() throws FailureException {
    try (var _ = TensorScope.open();
        Whitening whitening = whitening()) {
      Tensor weight = Matrices.gaussian(48, 32, 1);
      Tensor metric = Matrices.gram(48, 200, 3);
      var all = CompotPlusMethod.standard();
      double best = damage(all, weight, whitening, metric);
      assertThat(best)
          .isLessThan(damage(all.withRefinements(0), weight, whitening, metric))
          .isLessThan(
              damage(
                  all.withMetric(CompotPlusMethod.MetricUse.DIAGONAL), weight, whitening, metric));
      var unrefined = all.withRefinements(0).withMetric(CompotPlusMethod.MetricUse.DIAGONAL);
      double diagonal = damage(unrefined, weight, whitening, metric);
      assertThat(diagonal)
          .isLessThan(
              damage(
                  unrefined.withMetric(CompotPlusMethod.MetricUse.NONE),
                  weight,
                  whitening,
                  metric));
      var plain = unrefined.withMetric(CompotPlusMethod.MetricUse.NONE);
      double matrix = plainError(plain, weight, whitening);
      assertThat(matrix)
          .isLessThan(plainError(plain.withThreshold(CodeThreshold.COLUMN), weight, whitening));
    }
  }

  /** A metric of fewer gradients than outputs leaves combinations of them to do as they like. */
  @Test
  void nothingIsWorseThanLeavingTheWeightOut() throws FailureException {
    try (var _ = TensorScope.open();
        Whitening whitening = whitening()) {
      for (int seed = 1; seed < 6; seed++) {
        Tensor weight = Matrices.gaussian(48, 32, seed);
        Tensor metric = Matrices.gram(48, 4, seed + 20);
        var problem = new LayerProblem("p", weight, whitening, Dtype.F16, 1, metric);
        try (Factorisation found = CompotPlusMethod.standard().factorise(problem, SIZE)) {
          assertThat(found.whitenedError().orElseThrow()).isLessThanOrEqualTo(1);
        }
      }
    }
  }

  @Test
  void withoutItsIngredientsItIsCompot() throws FailureException {
    try (var _ = TensorScope.open();
        Whitening whitening = whitening()) {
      Tensor weight = Matrices.gaussian(48, 32, 1);
      var bare =
          new CompotPlusMethod(
              Optional.of(2.0), 20, 0, CodeThreshold.COLUMN, 0, CompotPlusMethod.MetricUse.NONE);
      var problem = problem(weight, whitening, null);
      try (Factorisation one = bare.factorise(problem, SIZE);
          Factorisation two = CompotMethod.paper().factorise(problem, SIZE)) {
        assertThat(one.iterationErrors()).isEqualTo(two.iterationErrors());
        Tensor difference =
            Codecs.dense(one.factors(), Dtype.F64).sub(Codecs.dense(two.factors(), Dtype.F64));
        assertThat(difference.abs().amax().item_double()).isLessThan(1e-12);
      }
    }
  }

  @Test
  void outputsWithoutAnyGradientAreNoTrouble() throws FailureException {
    try (var _ = TensorScope.open();
        Whitening whitening = whitening()) {
      Tensor weight = Matrices.gaussian(48, 32, 1);
      Tensor metric = Matrices.gram(48, 200, 3);
      metric.narrow(0, 5, 3).zero_();
      metric.narrow(1, 5, 3).zero_();
      for (Tensor given : new Tensor[] {metric, metric.mul(new Scalar(0.0))}) {
        try (Factorisation found =
            CompotPlusMethod.standard().factorise(problem(weight, whitening, given), SIZE)) {
          assertThat(found.weightError()).isBetween(0.0, 1.0);
        }
      }
    }
  }

  private static double plainError(CompotPlusMethod method, Tensor weight, Whitening whitening)
      throws FailureException {
    try (Factorisation found = method.factorise(problem(weight, whitening, null), SIZE)) {
      return found.whitenedError().orElseThrow();
    }
  }

  /** tr(H ΔW G ΔWᵀ). */
  private static double damage(
      CompotPlusMethod method, Tensor weight, Whitening whitening, Tensor metric)
      throws FailureException {
    try (Factorisation found = method.factorise(problem(weight, whitening, metric), SIZE)) {
      Tensor change = Codecs.dense(found.factors(), Dtype.F64).sub(weight);
      return metric.mm(change).mul(change.mm(whitening.gram())).sum().item_double();
    }
  }

  private static LayerProblem problem(
      Tensor weight, Whitening whitening, @org.jspecify.annotations.Nullable Tensor metric) {
    return new LayerProblem("p", weight, whitening, Dtype.F64, 1, metric);
  }

  private static Whitening whitening() throws FailureException {
    return Whitening.of(Matrices.gram(32, 200, 9), "p");
  }
}
