package io.compot.method.sparse;

import io.compot.error.FailureException;
import io.compot.form.SparseForm;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.StoredFactors;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The way of a dictionary from the whitened space to what is stored, A = L⁻¹D. Atoms are huge where
 * inputs hardly vary; the stored type may not hold them, or round them by more than the whole
 * factorisation loses. Then they are damped, by as little as gives the least error.
 *
 * @param atoms Dᵀ [k, in], double
 * @param code Sᵀ [out, k], double
 */
record Dewhitening(LayerProblem problem, Whitening whitening, Tensor atoms, Tensor code) {

  private static final List<Double> DAMPING = List.of(1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3);

  /** What rounding alone may make of good factors. */
  private static final double SMALL = 0.01;

  /** An error that has so many times grown by rounding asks for damping. */
  private static final double LOST = 2;

  /**
   * What is stored, measured.
   *
   * @param errors of the rounds, the last one of what was found before it is stored
   * @throws FailureException naming the projection, where no damping makes it fit
   */
  Factorisation stored(SparseForm size, List<Double> errors) throws FailureException {
    Factorisation best = null;
    try (var _ = TensorScope.open()) {
      Tensor plain = whitening.dewhiten(atoms);
      if (StoredFactors.fit(code, plain, problem.stored())) {
        best = StoredFactors.sparse(problem, code, plain, size, errors);
        double error = error(best);
        if (error <= SMALL || error <= LOST * errors.getLast() || error <= LOST * exact()) {
          return best;
        }
      }
      for (double damping : DAMPING) {
        try (var _ = TensorScope.open()) {
          Tensor damped = whitening.dewhiten(atoms, damping);
          if (StoredFactors.fit(code, damped, problem.stored())) {
            best = better(best, StoredFactors.sparse(problem, code, damped, size, errors));
          }
        }
      }
      // Says what does not fit.
      return best != null ? best : StoredFactors.sparse(problem, code, plain, size, errors);
    }
  }

  private static Factorisation better(@Nullable Factorisation one, Factorisation other) {
    if (one == null || error(other) < error(one)) {
      if (one != null) {
        one.close();
      }
      return other;
    }
    other.close();
    return one;
  }

  /** Of what the factors are to do, as a part of it. */
  static double error(Factorisation made) {
    return made.targetError().orElse(made.whitenedError().orElse(made.weightError()));
  }

  /** ‖DS − LW‖ / ‖LW‖ before anything is rounded. */
  private double exact() {
    try (var _ = TensorScope.open()) {
      Tensor target = whitening.whiten(problem.target());
      double whole = target.norm().item_double();
      double left = target.sub_(code.mm(atoms.to(ScalarType.Double))).norm().item_double();
      return whole == 0 ? 0 : left / whole;
    }
  }
}
