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
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Dobi-SVD (arXiv 2502.02723): outputs, not weights, are truncated. With V_r the first r principal
 * directions of a projection's outputs Y = XWᵀ, the weight becomes V_r(V_rᵀW), stored as these two
 * factors; which r each has is trained on the loss, by the allocation of the same name.
 *
 * <p>Where it departs. The paper finds V by incremental PCA of the right singular vectors of single
 * windows' outputs, since it does not hold all outputs at once; YᵀY = WGWᵀ adds up window by window
 * just as well, in double, and its eigenvectors are the principal directions without approximation.
 * (Windows count by their energy then, and not all alike.) In exact arithmetic V_rV_rᵀW is the best
 * weight of rank r for these outputs, and so that of {@link SvdLlmMethod}: what sets the two apart
 * are the ranks. The smooth gate serves training alone; here a direction stays or goes.
 *
 * <p>A rank is one of its own weight, from 1 to min(in, out), whatever the length of windows, which
 * is what the published code divides by and where it fails for narrow keys and values of grouped
 * queries. Its remapping, factors of 8 bits with a scale a row so that every rank up to the full
 * one saves bits, is the width 8 with {@code group: row}: here all rows of both factors are of 8
 * bits.
 */
public record DobiSvdMethod() implements CompressionMethod {

  /** What may be said of it. */
  public static final Schema<DobiSvdMethod> SCHEMA =
      new Schema<>(
          "dobi-svd",
          "low rank along the principal directions of the outputs, ranks trained on the loss",
          new DobiSvdMethod(),
          List.of());

  /** Directions below this part of the largest singular value are rounding, and not orthogonal. */
  private static final double NEGLIGIBLE = 1e-7;

  @Override
  public Schema<DobiSvdMethod> schema() {
    return SCHEMA;
  }

  @Override
  public String usualAllocation() {
    return "dobi-svd";
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
    return TruncationErrors.ofWhitened(name(), problem);
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    problem.checkFinite();
    var whitening = problem.requiredWhitening(name());
    long rank = new SizeCheck(name(), problem).rank(size);
    try (var _ = TensorScope.open()) {
      Tensor weight = problem.weight().to(ScalarType.Double);
      LowRank found = LowRank.of(whitening.whiten(weight), rank);
      Tensor sigma = found.left().square().sum(0);
      Tensor real = sigma.gt(sigma.amax().mul(new Scalar(NEGLIGIBLE)));
      Tensor unit = found.left().div(sigma.sqrt());
      Tensor first = torch.where(real, unit, torch.zeros_like(unit));
      return StoredFactors.lowRank(problem, first, first.t().mm(weight))
          .withSpectrum(found.singularValues());
    }
  }
}
