package io.compot.method.lowrank;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.LowRankForm;
import io.compot.method.CompressionMethod;
import io.compot.method.ExpectedError;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.LowRank;
import io.compot.method.Need;
import io.compot.method.SizeCheck;
import io.compot.method.StoredFactors;
import io.compot.setting.Schema;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * ASVD (arXiv 2312.05821), its scaling without its search for ranks: truncated SVD of W·diag(d) in
 * torch layout, unscaled afterwards. A cheap baseline, blind to correlations between inputs.
 *
 * <p>The paper scales by d_j = mean|x_j|^α. A Gram matrix does not hold absolute means, so d_j is
 * (root mean square of x_j)^α = (G_jj/N)^(α/2) here; the number of tokens N is a common factor and
 * changes nothing. No d_j is smaller than 1e-6 of the largest.
 *
 * @param alpha α in [0, 1]; 0.5 in the paper, 0 is plain truncated SVD
 */
public record AsvdMethod(double alpha) implements CompressionMethod {

  /** What may be said of it. */
  public static final Schema<AsvdMethod> SCHEMA =
      new Schema<>(
          "asvd", "low rank of weights scaled by their inputs", new AsvdMethod(), List.of());

  private static final double SMALLEST = 1e-6;

  public AsvdMethod {
    if (!(alpha >= 0 && alpha <= 1)) {
      throw new IllegalArgumentException("ASVD needs alpha in 0..1; got " + alpha);
    }
  }

  /** With the paper's α = 0.5. */
  public AsvdMethod() {
    this(0.5);
  }

  @Override
  public Schema<AsvdMethod> schema() {
    return SCHEMA;
  }

  @Override
  public Set<Need> needs() {
    return Set.of(Need.GRAM);
  }

  @Override
  public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return LowRankForm.within(in, out, dtype, ratio).map(Form.class::cast);
  }

  @Override
  public List<ExpectedError> expect(LayerProblem problem) throws FailureException {
    problem.checkFinite();
    Whitening whitening = problem.requiredWhitening(name());
    try (var _ = TensorScope.open()) {
      Tensor weight = problem.weight().to(ScalarType.Double);
      return TruncationErrors.of(problem, weight.mul(scale(whitening)));
    }
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    problem.checkFinite();
    Whitening whitening = problem.requiredWhitening(name());
    long rank = new SizeCheck(name(), problem).rank(size);
    try (var _ = TensorScope.open()) {
      Tensor scale = scale(whitening);
      Tensor weight = problem.weight().to(ScalarType.Double);
      LowRank factors = LowRank.of(weight.mul(scale), rank);
      return StoredFactors.lowRank(problem, factors.left(), factors.right().div(scale))
          .withSpectrum(factors.singularValues());
    }
  }

  /** d, [in], double, in the caller's scope. */
  private Tensor scale(Whitening whitening) {
    try (var scope = TensorScope.open()) {
      Tensor energies = whitening.gram().diagonal();
      Tensor scale = energies.pow(new Scalar(alpha / 2));
      return scope.keep(scale.clamp_min_(new Scalar(SMALLEST * scale.amax().item_double())));
    }
  }
}
