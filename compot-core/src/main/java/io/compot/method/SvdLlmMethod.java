package io.compot.method;

import io.compot.error.FailureException;
import io.compot.factor.FactorSize;
import io.compot.factor.LowRankSize;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.List;
import java.util.Optional;

/**
 * SVD-LLM, truncation-aware data whitening (step 1 of the paper, "SVD-LLM (W)"): with W in torch
 * layout and C = Lᵀ, W·C = UΣVᵀ is truncated to rank r and stored as U_r√Σ_r and √Σ_rV_rᵀC⁻¹. The
 * whitened loss is exactly the norm of the dropped singular values.
 */
public record SvdLlmMethod() implements CompressionMethod {

  @Override
  public String name() {
    return "svd-llm";
  }

  @Override
  public boolean needsGram() {
    return true;
  }

  @Override
  public Optional<FactorSize> size(long in, long out, int bits, double ratio) {
    return LowRankSize.within(in, out, ratio).map(FactorSize.class::cast);
  }

  @Override
  public List<ExpectedError> expect(LayerProblem problem) throws FailureException {
    problem.checkFinite();
    Whitening whitening = problem.requiredWhitening(name());
    try (var _ = TensorScope.open()) {
      return TruncationErrors.of(problem, whitening.whiten(problem.weight()));
    }
  }

  @Override
  public Factorisation factorise(LayerProblem problem, FactorSize size) throws FailureException {
    problem.checkFinite();
    Whitening whitening = problem.requiredWhitening(name());
    long rank = TruncatedSvdMethod.rank(problem, size, name());
    try (var _ = TensorScope.open()) {
      LowRank factors = LowRank.of(whitening.whiten(problem.weight()), rank);
      return StoredFactors.lowRank(problem, factors.left(), whitening.dewhiten(factors.right()))
          .withSpectrum(factors.singularValues());
    }
  }
}
