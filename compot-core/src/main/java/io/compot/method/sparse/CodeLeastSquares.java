package io.compot.method.sparse;

import static org.bytedeco.pytorch.global.torch.where;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The coefficients of codes with given supports, min ‖t − xA‖ over the support of each row x of X,
 * for all rows at once: conjugate gradients on the masked normal equations (as in hard thresholding
 * pursuit), whose only costly step is one product P(AAᵀ) an iteration. In exact arithmetic no
 * iteration raises any row's error, so few are enough where the code starts near the optimum.
 *
 * @param gram AAᵀ, [k, k]
 * @param correlations TAᵀ, [n, k], same type
 */
record CodeLeastSquares(Tensor gram, Tensor correlations) {

  /** Curvature, relative to the longest atom, below which atoms depend on each other. */
  private static final double FLAT = 1e-6;

  /** Squared gradient, relative to the one at zero, that is rounding in single precision. */
  private static final double CONVERGED = 1e-13;

  /**
   * Improves a code in place.
   *
   * @param code X, [n, k], zero outside the support
   * @param support 1 inside, 0 outside; same type
   */
  void refine(Tensor code, Tensor support, int iterations) {
    try (var _ = TensorScope.open()) {
      double flat = FLAT * gram.diagonal().amax().item_double();
      Tensor residual = residualCorrelations(code).mul_(support);
      Tensor direction = residual.clone();
      Tensor energy = rowSums(residual, residual);
      Tensor converged = rowSums(correlations, correlations).mul_(new Scalar(CONVERGED));
      for (int i = 0; i < iterations; i++) {
        try (var _ = TensorScope.open()) {
          Tensor image = direction.mm(gram).mul_(support);
          Tensor curvature = rowSums(direction, image);
          Tensor least = rowSums(direction, direction).mul_(new Scalar(flat));
          Tensor usable = curvature.gt(least).logical_and(energy.gt(converged));
          Tensor step = quotient(energy, curvature, usable);
          code.addcmul_(direction, step.expand_as(direction));
          residual.addcmul_(image, step.neg().expand_as(image));
          Tensor next = rowSums(residual, residual);
          direction.mul_(quotient(next, energy, usable)).add_(residual);
          energy.copy_(next);
        }
      }
    }
  }

  /** What a code gains over none, ‖t‖² − ‖t − xA‖² for each row, [n], in the caller's scope. */
  Tensor gains(Tensor code) {
    try (var scope = TensorScope.open()) {
      return scope.keep(
          code.mm(gram).neg_().add_(correlations).add_(correlations).mul_(code).sum(1));
    }
  }

  /** (T − XA)Aᵀ, [n, k], in the caller's scope. */
  Tensor residualCorrelations(Tensor code) {
    try (var scope = TensorScope.open()) {
      return scope.keep(code.mm(gram).neg_().add_(correlations));
    }
  }

  private static Tensor rowSums(Tensor a, Tensor b) {
    try (var scope = TensorScope.open()) {
      return scope.keep(a.mul(b).sum(1).unsqueeze(1));
    }
  }

  /** a / b, 0 where it is not usable: such a row stays where it is. */
  private static Tensor quotient(Tensor a, Tensor b, Tensor usable) {
    try (var scope = TensorScope.open()) {
      return scope.keep(where(usable, a.div(b), zeros_like(a)));
    }
  }
}
