package io.compot.method.sparse;

import static org.bytedeco.pytorch.global.torch.cholesky_solve;

import io.compot.tensor.RidgedCholesky;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Least squares once the support is found, when the dictionary need no longer be orthonormal:
 * rounds of D with S fixed (ROCKET Eq. 7), then S's values with the support fixed. No half step
 * raises the error ‖H^½(T − XA)‖, with A = Dᵀ and X = Sᵀ.
 *
 * <p>The dictionary moves by the solution of (XᵀHX + μI)ΔA = XᵀH(T − XA): the ridge pulls towards
 * the dictionary there is, so that an atom without use stays where it is.
 */
final class Refinement {

  private static final double RIDGE = 1e-9;

  /** From a good start: ten gain less than a thousandth on three. */
  private static final int VALUE_ITERATIONS = 3;

  private final Tensor target;
  private final @Nullable Tensor metric;
  private final Tensor atoms;
  private final Tensor code;
  private final Tensor support;

  /**
   * A start.
   *
   * @param target T, [n, p], F32 or F64, as all the others
   * @param metric H, [n, n], symmetric positive semidefinite; null for the identity
   * @param atoms A, [k, p]; changed in place
   * @param code X, [n, k], zero outside the support; changed in place
   * @param support 1 inside, 0 outside
   */
  Refinement(Tensor target, @Nullable Tensor metric, Tensor atoms, Tensor code, Tensor support) {
    this.target = target;
    this.metric = metric;
    this.atoms = atoms;
    this.code = code;
    this.support = support;
  }

  /** Runs so many rounds; the relative error after each. */
  List<Double> run(int rounds) {
    List<Double> errors = new ArrayList<>();
    double norm = norm(target);
    for (int round = 0; round < rounds; round++) {
      improveAtoms();
      improveValues();
      errors.add(norm == 0 ? 0 : error() / norm);
    }
    return errors;
  }

  /** ‖H^½(T − XA)‖. */
  double error() {
    try (var _ = TensorScope.open()) {
      return norm(residual());
    }
  }

  void improveAtoms() {
    try (var _ = TensorScope.open()) {
      Tensor weighted = weighted(code);
      Tensor normal = code.t().mm(weighted).to(ScalarType.Double);
      Tensor gradient = weighted.t().mm(residual()).to(ScalarType.Double);
      double added = RIDGE * normal.diagonal().mean().item_double();
      if (!(added > 0)) {
        return;
      }
      atoms.add_(cholesky_solve(gradient, RidgedCholesky.lower(normal, added)));
    }
  }

  void improveValues() {
    try (var _ = TensorScope.open()) {
      Tensor gram = atoms.mm(atoms.t());
      Tensor correlations = target.mm(atoms.t());
      if (metric == null) {
        new CodeLeastSquares(gram, correlations).refine(code, support, VALUE_ITERATIONS);
      } else {
        new CoupledLeastSquares(metric, gram, correlations).refine(code, support, VALUE_ITERATIONS);
      }
    }
  }

  private Tensor residual() {
    try (var scope = TensorScope.open()) {
      return scope.keep(code.mm(atoms).neg_().add_(target));
    }
  }

  private Tensor weighted(Tensor x) {
    return metric == null ? x : metric.mm(x);
  }

  private double norm(Tensor x) {
    try (var _ = TensorScope.open()) {
      return Math.sqrt(Math.max(0, sum(weighted(x).mul(x))));
    }
  }

  private static double sum(Tensor x) {
    try (var accurate = new ScalarTypeOptional(ScalarType.Double)) {
      return x.sum(accurate).item_double();
    }
  }
}
