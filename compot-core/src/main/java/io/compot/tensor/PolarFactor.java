package io.compot.tensor;

import static org.bytedeco.pytorch.global.torch.linalg_svd;

import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * The orthonormal polar factor D = PQᵀ of M = PΣQᵀ, [p, k] with k ≤ p: the D with orthonormal
 * columns that maximises tr(DᵀM) (orthogonal Procrustes).
 */
public final class PolarFactor {

  private PolarFactor() {}

  /**
   * Replaces {@code dictionary} by the polar factor of {@code m}.
   *
   * @param dictionary [p, k], F32, orthonormal columns: the factor before, near the new one
   * @param m [p, k], F32
   */
  public static void update(Tensor dictionary, Tensor m) {
    try (var _ = TensorScope.open()) {
      dictionary.copy_(bySvd(m));
    }
  }

  /** By a singular value decomposition: any rank, slow. */
  public static Tensor bySvd(Tensor m) {
    try (var scope = TensorScope.open()) {
      var svd = linalg_svd(m, false, new StringViewOptional());
      return scope.keep(svd.get0().mm(svd.get2()));
    }
  }
}
