package io.compot.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.error.FailureException;
import io.compot.form.LowRankForm;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.LowRankCodec;
import io.compot.method.lowrank.AsvdMethod;
import io.compot.method.lowrank.SvdLlmMethod;
import io.compot.method.lowrank.SvdLlmV2Method;
import io.compot.method.lowrank.TruncatedSvdMethod;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import io.compot.testing.Matrices;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** SVD-LLM V2 and ASVD against what they must equal. */
class WhitenedSvdVariantsTest {

  private static final LowRankForm RANK = LowRankForm.plain(6, Dtype.F64);

  @Test
  void v2IsSvdLlmWhereTheGramMatrixIsPositiveDefinite() throws FailureException {
    try (var _ = TensorScope.open();
        Whitening whitening = Whitening.of(Matrices.gram(20, 80, 3), "p")) {
      var problem = problem(Matrices.gaussian(15, 20, 1), whitening);
      try (Factorisation v2 = new SvdLlmV2Method().factorise(problem, RANK);
          Factorisation v1 = new SvdLlmMethod().factorise(problem, RANK)) {
        assertThat(whitening.step()).isEqualTo(Whitening.Step.CHOLESKY);
        assertSame(
            Codecs.dense(v2.factors(), Dtype.F64), Codecs.dense(v1.factors(), Dtype.F64), 1e-8);
        assertThat(v2.whitening()).isEqualTo("eigen");
      }
    }
  }

  @Test
  void v2LeavesOutDirectionsThatInputsNeverTake() throws FailureException {
    try (var _ = TensorScope.open()) {
      // Inputs live in 9 of 20 dimensions; rank 9 then reproduces every output.
      Tensor inputs = Matrices.gaussian(50, 9, 1).mm(Matrices.gaussian(9, 20, 2));
      Tensor weight = Matrices.gaussian(15, 20, 3);
      try (Whitening whitening = Whitening.of(inputs.t().mm(inputs), "p");
          Factorisation found =
              new SvdLlmV2Method()
                  .factorise(problem(weight, whitening), LowRankForm.plain(9, Dtype.F64))) {
        assertThat(whitening.step()).isNotEqualTo(Whitening.Step.CHOLESKY);
        Tensor dense = Codecs.dense(found.factors(), Dtype.F64);
        assertSame(inputs.mm(dense.t()), inputs.mm(weight.t()), 1e-6);
        Tensor projection = torch.linalg_pinv(inputs).mm(inputs);
        assertSame(dense, weight.mm(projection), 1e-5);
      }
    }
  }

  @Test
  void asvdWithoutAlphaIsTruncatedSvd() throws FailureException {
    try (var _ = TensorScope.open();
        Whitening whitening = Whitening.of(Matrices.gram(20, 80, 3), "p")) {
      var problem = problem(Matrices.gaussian(15, 20, 1), whitening);
      try (Factorisation asvd = new AsvdMethod(0).factorise(problem, RANK);
          Factorisation svd = new TruncatedSvdMethod().factorise(problem, RANK)) {
        assertSame(
            Codecs.dense(asvd.factors(), Dtype.F64), Codecs.dense(svd.factors(), Dtype.F64), 1e-8);
      }
    }
  }

  @Test
  void asvdWithAlphaOneIsSvdLlmOfTheDiagonal() throws FailureException {
    try (var _ = TensorScope.open()) {
      Tensor gram = Matrices.gram(20, 80, 3);
      try (Whitening whole = Whitening.of(gram, "p");
          Whitening diagonal = Whitening.of(gram.diagonal().diag(), "p");
          Factorisation asvd =
              new AsvdMethod(1).factorise(problem(Matrices.gaussian(15, 20, 1), whole), RANK);
          Factorisation svd =
              new SvdLlmMethod().factorise(problem(Matrices.gaussian(15, 20, 1), diagonal), RANK)) {
        assertSame(
            Codecs.dense(asvd.factors(), Dtype.F64), Codecs.dense(svd.factors(), Dtype.F64), 1e-8);
      }
    }
  }

  /** The left factor is what least squares over all tokens give, the right one the original's. */
  @Test
  void theSequentialUpdateIsLeastSquaresOnThePrefixInputs() throws FailureException {
    try (var _ = TensorScope.open()) {
      Tensor inputs = Matrices.gaussian(60, 20, 1);
      Tensor through = inputs.add(inputs.mm(Matrices.gaussian(20, 20, 2)).mul(new Scalar(0.3)));
      Tensor weight = Matrices.gaussian(15, 20, 3);
      try (Whitening original = Whitening.of(inputs.t().mm(inputs), "p");
          Whitening prefix = Whitening.of(through.t().mm(through), "p")) {
        var problem = new LayerProblem("p", weight, prefix, Dtype.F64, 1, null, original, weight);
        try (Factorisation once = new SvdLlmMethod().factorise(problem(weight, original), RANK);
            Factorisation stale = new SvdLlmMethod().factorise(problem, RANK);
            Factorisation updated = new SvdLlmMethod(true).factorise(problem, RANK)) {
          Tensor right = once.factors().part(LowRankCodec.RIGHT);
          Tensor left = torch.linalg_pinv(through.mm(right.t())).mm(through).mm(weight.t()).t();
          assertSame(Codecs.dense(updated.factors(), Dtype.F64), left.mm(right), 1e-8);
          assertSame(
              Codecs.dense(stale.factors(), Dtype.F64),
              Codecs.dense(once.factors(), Dtype.F64),
              1e-10);
          assertThat(updated.whitenedError().orElseThrow())
              .isLessThan(0.99 * stale.whitenedError().orElseThrow());
        }
      }
    }
  }

  private static LayerProblem problem(Tensor weight, Whitening whitening) {
    return new LayerProblem("p", weight, whitening, Dtype.F64, 0);
  }

  private static void assertSame(Tensor actual, Tensor expected, double tolerance) {
    double difference = actual.sub(expected).norm().item_double();
    assertThat(difference / expected.norm().item_double()).isCloseTo(0, within(tolerance));
  }
}
