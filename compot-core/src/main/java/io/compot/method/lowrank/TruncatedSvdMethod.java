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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * W ≈ U_r Σ_r V_rᵀ, stored as U_r√Σ_r and √Σ_rV_rᵀ: the best approximation of the weight, blind to
 * its input. Needs no calibration.
 */
public record TruncatedSvdMethod() implements CompressionMethod {

  /** What may be said of it. */
  public static final Schema<TruncatedSvdMethod> SCHEMA =
      new Schema<>(
          "svd",
          "low rank of the weights alone, needs no calibration",
          new TruncatedSvdMethod(),
          List.of());

  @Override
  public Schema<TruncatedSvdMethod> schema() {
    return SCHEMA;
  }

  @Override
  public Set<Need> needs() {
    return Set.of();
  }

  @Override
  public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return LowRankForm.within(in, out, dtype, ratio).map(Form.class::cast);
  }

  @Override
  public List<ExpectedError> expect(LayerProblem problem) throws FailureException {
    problem.checkFinite();
    try (var _ = TensorScope.open()) {
      return TruncationErrors.of(problem, problem.weight().to(ScalarType.Double));
    }
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    problem.checkFinite();
    try (var _ = TensorScope.open()) {
      Tensor weight = problem.weight().to(ScalarType.Double);
      LowRank factors = LowRank.of(weight, new SizeCheck(name(), problem).rank(size));
      return StoredFactors.lowRank(problem, factors.left(), factors.right())
          .withSpectrum(factors.singularValues());
    }
  }
}
