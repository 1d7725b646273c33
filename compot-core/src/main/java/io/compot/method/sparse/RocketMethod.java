package io.compot.method.sparse;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.SparseForm;
import io.compot.method.CommonSettings;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.LowRank;
import io.compot.method.Need;
import io.compot.method.RangeCoordinates;
import io.compot.method.SizeCheck;
import io.compot.method.StoredFactors;
import io.compot.setting.Schema;
import io.compot.tensor.Dtype;
import io.compot.tensor.RidgedCholesky;
import io.compot.tensor.SingularVectors;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * ROCKET's factorisation (arXiv 2602.11008), closed-form: B holds the k leading eigenvectors of
 * LW(LW)ᵀ, C = BᵀLW its coefficients. Entries of C are ranked by the importance |c_ij|·‖L⁻¹b_i‖^λ
 * (Eq. 5) and {@link TwoStageSelection thinned out}; then D = argmin ‖LW − DC_s‖² + μ‖D‖² (Eq. 7),
 * and A = L⁻¹D and C_s are stored.
 *
 * <p>The mask is paid for, as by every method here; ROCKET's own count leaves it out. Its grid over
 * k/s is the caller's, through {@code rho}. Its budget allocation is not part of this.
 *
 * @param rho atoms a nonzero, k/s, at least 1
 * @param lambda λ, at least 0; 0.5 in the paper, 0 looks at whitened space alone
 * @param beta part of C's entries that the first stage leaves to the second, in [0, 1); 5e-3 in the
 *     paper
 * @param mu μ relative to the mean diagonal entry of C_sC_sᵀ, above 0; the paper gives no number,
 *     its profiling code takes 1e-8
 * @param refitValues whether the values are fitted to D once more, by least squares on their
 *     support; not in the paper
 */
public record RocketMethod(double rho, double lambda, double beta, double mu, boolean refitValues)
    implements CompressionMethod {

  /** What may be said of it. */
  public static final Schema<RocketMethod> SCHEMA =
      new Schema<>(
          "rocket",
          "eigenvectors and sparse code, closed-form",
          paper(),
          List.of(CommonSettings.rho(RocketMethod::rho, RocketMethod::withRho)));

  private static final int REFIT_ITERATIONS = 50;

  public RocketMethod {
    if (!(rho >= 1) || !(lambda >= 0) || !(beta >= 0 && beta < 1) || !(mu > 0)) {
      throw new IllegalArgumentException(
          "ROCKET needs k/s >= 1, lambda >= 0, beta in [0, 1) and mu > 0; got %s, %s, %s, %s"
              .formatted(rho, lambda, beta, mu));
    }
  }

  /** The paper's settings with k/s 2: λ 0.5, β 5e-3, μ 1e-8, values as they are. */
  public static RocketMethod paper() {
    return new RocketMethod(2, 0.5, 5e-3, 1e-8, false);
  }

  public RocketMethod withRho(double value) {
    return new RocketMethod(value, lambda, beta, mu, refitValues);
  }

  @Override
  public Schema<RocketMethod> schema() {
    return SCHEMA;
  }

  @Override
  public String papersAllocation() {
    return "knapsack";
  }

  @Override
  public Set<Need> needs() {
    return Set.of(Need.GRAM);
  }

  @Override
  public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return SparseForm.within(in, out, dtype, ratio, rho).map(Form.class::cast);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The size's s is the mean number of nonzeros a column; columns differ by what the second
   * stage gives them.
   */
  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    problem.checkFinite();
    Whitening whitening = problem.requiredWhitening(name());
    SparseForm sparse = new SizeCheck(name(), problem).sparse(size);
    try (var _ = TensorScope.open()) {
      Tensor target = whitening.whiten(problem.target());
      double scale = LowRank.powerOfTwo(target);
      target.div_(new Scalar(scale));
      var basis = eigenbasis(target, sparse.k());
      Tensor coefficients = target.mm(basis.vectors());
      Tensor lengths = whitening.dewhiten(basis.vectors().t()).square().sum(1).sqrt();
      Tensor importance = coefficients.abs().mul_(lengths.pow(new Scalar(lambda)));
      long nonzeros = sparse.s() * problem.out();
      Tensor support = TwoStageSelection.of(importance, sparse.s(), beta, nonzeros);
      Tensor code = torch.where(support, coefficients, torch.zeros_like(coefficients));
      Tensor atoms = dictionary(target, code);
      if (refitValues) {
        refit(target, atoms, code, support);
      }
      Tensor zero = support.logical_and(code.eq(new Scalar(0.0)));
      Tensor marked = code.mul_(new Scalar(scale)).masked_fill(zero, new Scalar(-0.0));
      return StoredFactors.sparse(problem, marked, whitening.dewhiten(atoms), sparse, List.of())
          .withSpectrum(basis.values());
    }
  }

  /** B, [in, k]: eigenvectors of (LW)(LW)ᵀ through the smaller of its two Gram matrices. */
  private static SingularVectors eigenbasis(Tensor target, long k) {
    try (var scope = TensorScope.open()) {
      var range = RangeCoordinates.of(target);
      var found = SingularVectors.right(range.coordinates(), k);
      Tensor basis = range.lift(found.vectors()).contiguous();
      return new SingularVectors(scope.keep(basis), found.values());
    }
  }

  /** Dᵀ = (C_sC_sᵀ + μI)⁻¹C_s(LW)ᵀ, [k, in]; μ grows tenfold while rounding defeats Cholesky. */
  private Tensor dictionary(Tensor target, Tensor code) {
    try (var scope = TensorScope.open()) {
      Tensor normal = code.t().mm(code);
      double mean = normal.diagonal().mean().item_double();
      Tensor lower = RidgedCholesky.lower(normal, mean > 0 ? mu * mean : 1);
      return scope.keep(torch.cholesky_solve(code.t().mm(target), lower));
    }
  }

  private static void refit(Tensor target, Tensor atoms, Tensor code, Tensor support) {
    try (var _ = TensorScope.open()) {
      var values = new CodeLeastSquares(atoms.mm(atoms.t()), target.mm(atoms.t()));
      values.refine(code, support.to(ScalarType.Double), REFIT_ITERATIONS);
    }
  }
}
