package io.compot.method.sparse;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The coefficients of codes with given supports where the errors of different rows are weighed
 * together: min tr(H(T − XA)(T − XA)ᵀ) over the support of X, by conjugate gradients on the masked
 * normal equations. {@link CodeLeastSquares} is the case H = I, in which the rows fall apart.
 *
 * @param metric H, [n, n], symmetric positive semidefinite
 * @param gram AAᵀ, [k, k]
 * @param correlations TAᵀ, [n, k]
 */
record CoupledLeastSquares(Tensor metric, Tensor gram, Tensor correlations) {

  /** Squared gradient, relative to the first, that is rounding. */
  private static final double CONVERGED = 1e-24;

  /**
   * Improves a code in place.
   *
   * @param code X, [n, k], zero outside the support
   * @param support 1 inside, 0 outside; same type
   */
  void refine(Tensor code, Tensor support, int iterations) {
    try (var _ = TensorScope.open()) {
      Tensor residual = metric.mm(code.mm(gram).neg_().add_(correlations)).mul_(support);
      // Jacobi: curvature along each single coefficient.
      Tensor scale = metric.diagonal().unsqueeze(1).mul(gram.diagonal().unsqueeze(0));
      Tensor preconditioner = scale.clamp_min(new Scalar(1e-12 * scale.amax().item_double()));
      preconditioner = preconditioner.reciprocal_();
      Tensor direction = residual.mul(preconditioner);
      double energy = dot(residual, direction);
      double first = energy;
      for (int i = 0; i < iterations && energy > CONVERGED * first; i++) {
        try (var _ = TensorScope.open()) {
          Tensor image = metric.mm(direction.mm(gram)).mul_(support);
          double curvature = dot(direction, image);
          if (!(curvature > 0)) {
            return;
          }
          Scalar step = new Scalar(energy / curvature);
          code.add_(direction, step);
          residual.sub_(image, step);
          Tensor conditioned = residual.mul(preconditioner);
          double next = dot(residual, conditioned);
          direction.mul_(new Scalar(next / energy)).add_(conditioned);
          energy = next;
        }
      }
    }
  }

  private static double dot(Tensor a, Tensor b) {
    try (var _ = TensorScope.open()) {
      return a.mul(b).sum().item_double();
    }
  }
}
