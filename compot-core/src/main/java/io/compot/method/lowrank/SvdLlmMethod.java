package io.compot.method.lowrank;

import static org.bytedeco.pytorch.global.torch.cholesky_solve;

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
import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.tensor.Dtype;
import io.compot.tensor.RidgedCholesky;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * SVD-LLM, truncation-aware data whitening (step 1 of the paper, "SVD-LLM (W)"): with W in torch
 * layout and C = Lᵀ, W·C = UΣVᵀ is truncated to rank r and stored as U_r√Σ_r and √Σ_rV_rᵀC⁻¹. The
 * whitened loss is exactly the norm of the dropped singular values.
 *
 * <p>With the sequential update (the layer-wise closed-form update of its published code) the model
 * is compressed front to back. The right factor B [r, in] stays as the original's inputs gave it;
 * the left one becomes the least-squares solution for the inputs X′ that the compressed prefix
 * gives, whose target is the original projection's output on them:
 *
 * <pre>
 * U = argmin ‖X′BᵀUᵀ − X′Wᵀ‖_F = WG′Bᵀ(BG′Bᵀ)⁻¹, G′ = X′ᵀX′
 * </pre>
 *
 * @param sequential whether the left factor is updated
 */
public record SvdLlmMethod(boolean sequential) implements CompressionMethod {

  /** What becomes of left factors after the truncation. */
  public enum Update {
    /** Nothing. */
    NONE,
    /** They are refitted to the inputs that the compressed prefix gives. */
    SEQUENTIAL
  }

  /** What may be said of it. */
  public static final Schema<SvdLlmMethod> SCHEMA =
      new Schema<>(
          "svd-llm",
          "low rank, fitted to the calibration activations",
          new SvdLlmMethod(),
          List.of(
              new Setting<>(
                  "update",
                  new Kind.Choice<>(Update.class),
                  "none, or sequential, which compresses front to back and refits each left factor"
                      + " to the inputs that the compressed prefix gives.",
                  method -> method.sequential() ? Update.SEQUENTIAL : Update.NONE,
                  (_, update) -> new SvdLlmMethod(update == Update.SEQUENTIAL))));

  /** Directions of B that X′ hardly visits are held by this part of the mean diagonal. */
  private static final double RIDGE = 1e-10;

  /** Whitening only. */
  public SvdLlmMethod() {
    this(false);
  }

  @Override
  public Schema<SvdLlmMethod> schema() {
    return SCHEMA;
  }

  @Override
  public Set<Need> needs() {
    return sequential ? Set.of(Need.GRAM, Need.PREFIX, Need.ORIGINAL_GRAM) : Set.of(Need.GRAM);
  }

  /** Its own update takes the place of a corrected target. */
  @Override
  public boolean takesTarget() {
    return false;
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
    Whitening whitening = problem.requiredWhitening(name());
    long rank = new SizeCheck(name(), problem).rank(size);
    try (var _ = TensorScope.open()) {
      Whitening first = problem.original() == null ? whitening : problem.original();
      LowRank factors = LowRank.of(first.whiten(problem.weight()), rank);
      Tensor right = first.dewhiten(factors.right());
      Tensor left =
          sequential
              ? updated(whitening.whiten(problem.weight()), factors.left(), whitening.whiten(right))
              : factors.left();
      return StoredFactors.lowRank(problem, left, right).withSpectrum(factors.singularValues());
    }
  }

  /** U that minimises ‖A − UB‖, in the caller's scope. It moves from where it is. */
  private static Tensor updated(Tensor a, Tensor u, Tensor b) {
    try (var scope = TensorScope.open()) {
      Tensor normal = b.mm(b.t());
      double added = RIDGE * normal.diagonal().mean().item_double();
      if (!(added > 0)) {
        return scope.keep(u.clone());
      }
      Tensor gradient = b.mm(a.sub(u.mm(b)).t());
      return scope.keep(u.add(cholesky_solve(gradient, RidgedCholesky.lower(normal, added)).t()));
    }
  }
}
