package io.compot.method.lowrank;

import static org.bytedeco.pytorch.global.torch.linalg_eigh;
import static org.bytedeco.pytorch.global.torch.where;
import static org.bytedeco.pytorch.global.torch.zeros_like;

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

/**
 * SVD-LLM V2's loss-optimised truncation (Theorem 3.1): with G = VΛVᵀ and W in torch layout, WVΛ^½
 * = UΣQᵀ is truncated to rank r and stored as U_r√Σ_r and √Σ_rQ_rᵀΛ^-½Vᵀ.
 *
 * <p>Λ^-½ is a pseudo-inverse: directions whose eigenvalue is at most the cutoff times the largest
 * count as never visited by inputs, and the stored weight is zero along them. What damping added to
 * G for others is taken off first. Where G is positive definite the result is that of {@link
 * SvdLlmMethod}.
 *
 * @param cutoff relative to the largest eigenvalue, in (0, 1). The paper gives none; 1e-9 lies
 *     above the rounding of a Gram matrix in double
 */
public record SvdLlmV2Method(double cutoff) implements CompressionMethod {

  /** What may be said of it. */
  public static final Schema<SvdLlmV2Method> SCHEMA =
      new Schema<>("svd-llm-v2", "the same through eigenvalues", new SvdLlmV2Method(), List.of());

  public SvdLlmV2Method {
    if (!(cutoff > 0 && cutoff < 1)) {
      throw new IllegalArgumentException("SVD-LLM V2 needs a cutoff in (0, 1); got " + cutoff);
    }
  }

  /** With the cutoff 1e-9. */
  public SvdLlmV2Method() {
    this(1e-9);
  }

  @Override
  public Schema<SvdLlmV2Method> schema() {
    return SCHEMA;
  }

  @Override
  public String papersAllocation() {
    return "svd-llm-v2";
  }

  @Override
  public Set<Need> needs() {
    return Set.of(Need.GRAM);
  }

  @Override
  public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return LowRankForm.within(in, out, dtype, ratio).map(Form.class::cast);
  }

  /** {@inheritDoc} Exact where G is positive definite. */
  @Override
  public List<ExpectedError> expect(LayerProblem problem) throws FailureException {
    return TruncationErrors.ofWhitened(name(), problem);
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    problem.checkFinite();
    Whitening whitening = problem.requiredWhitening(name());
    long rank = new SizeCheck(name(), problem).rank(size);
    try (var _ = TensorScope.open()) {
      var decomposition = linalg_eigh(whitening.gram());
      Tensor values = decomposition.get0();
      Tensor vectors = decomposition.get1();
      Tensor visited = values.gt(values.amax().mul(new Scalar(cutoff)));
      Tensor root = where(visited, values, zeros_like(values)).sqrt();
      Tensor inverse = where(visited, root.reciprocal(), zeros_like(root));
      Tensor weight = problem.weight().to(vectors.scalar_type());
      LowRank factors = LowRank.of(weight.mm(vectors).mul_(root), rank);
      Tensor right = factors.right().mul(inverse).mm(vectors.t());
      return StoredFactors.lowRank(problem, factors.left(), right)
          .withWhitening("eigen")
          .withSpectrum(factors.singularValues());
    }
  }
}
