package io.compot.tensor;

import static org.bytedeco.pytorch.global.torch.linalg_cholesky_ex;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Cholesky factors of normal equations, which rounding may leave just short of one. */
public final class RidgedCholesky {

  private RidgedCholesky() {}

  /**
   * The lower factor of A + μI for the first of μ = ridge, 10 ridge, 100 ridge and so on that has
   * one, in the caller's scope.
   *
   * @param a symmetric, [n, n]; μ is added to it in place
   * @param ridge above 0
   * @throws IllegalStateException where A holds NaN or infinity, or no finite μ helps
   */
  public static Tensor lower(Tensor a, double ridge) {
    // A decomposition of NaN reports success.
    if (!a.isfinite().all().item_bool()) {
      throw new IllegalStateException("the normal equations hold numbers that are none");
    }
    a.diagonal().add_(new Scalar(ridge));
    var attempt = linalg_cholesky_ex(a);
    for (double added = ridge; attempt.get1().item_int() != 0; added *= 10) {
      if (!Double.isFinite(added)) {
        throw new IllegalStateException("the normal equations have no Cholesky factor");
      }
      a.diagonal().add_(new Scalar(9 * added));
      attempt = linalg_cholesky_ex(a);
    }
    return attempt.get0();
  }
}
