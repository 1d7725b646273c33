package io.compot.tensor;

import static org.bytedeco.pytorch.global.torch.eye;
import static org.bytedeco.pytorch.global.torch.linalg_cholesky_ex;
import static org.bytedeco.pytorch.global.torch.linalg_solve_triangular;
import static org.bytedeco.pytorch.global.torch.linalg_svd;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The orthonormal polar factor D = PQᵀ of M = PΣQᵀ, [p, k] with k ≤ p: the D with orthonormal
 * columns that maximises tr(DᵀM) (orthogonal Procrustes).
 *
 * <p>{@link #bySvd} is exact. {@link #update} follows a slowly changing M from its last factor by
 * one Newton step on the manifold of orthonormal columns. With C = DᵀM and H its symmetric part,
 * the step Ω solves ΩH + HΩ = C − Cᵀ; H stays nearly diagonal while D is a dictionary of sparse
 * codes (its diagonal holds the energy of each atom), so with h = diag H
 *
 * <pre>
 * Ω_ij = (C_ij − C_ji) / (h_i + h_j)      turn inside the span of D
 * (M − DC) / h                            turn out of it
 * </pre>
 *
 * and D is D(I + Ω) + (M − DC)/h, made orthonormal through the Cholesky factor of its Gram matrix,
 * which is near I. Four products of [p, k] by [k, k] in place of a decomposition. An atom with no
 * energy keeps its direction, as h has a floor. Where the step is too long for its first-order
 * model, or tr(DᵀM) would fall, the exact factor takes its place: no update ever undoes the one
 * before.
 */
public final class PolarFactor {

  /** Up to here a decomposition costs next to nothing. */
  private static final long SMALL = 256;

  private static final double ENERGY_FLOOR = 1e-3;
  private static final double LONGEST_TURN = 0.15;
  private static final double SMALLEST_PIVOT = 0.3;

  private PolarFactor() {}

  /**
   * Turns {@code dictionary} into the polar factor of {@code m}, or brings it nearer to it.
   *
   * @param dictionary [p, k], F32, orthonormal columns: the factor before
   * @param m [p, k], F32, finite
   */
  public static void update(Tensor dictionary, Tensor m) {
    try (var _ = TensorScope.open()) {
      Tensor next = isFollowed(m.size(1)) ? newtonStep(dictionary, m) : null;
      dictionary.copy_(next == null ? bySvd(m) : next);
    }
  }

  /**
   * Whether {@link #update} follows a factor of k columns by steps instead of computing it anew.
   */
  public static boolean isFollowed(long k) {
    return k > SMALL;
  }

  /** By a singular value decomposition: any rank, to rounding, slow. */
  public static Tensor bySvd(Tensor m) {
    try (var scope = TensorScope.open()) {
      var svd = linalg_svd(m, false, new StringViewOptional());
      return scope.keep(svd.get0().mm(svd.get2()));
    }
  }

  /** One step, in the caller's scope; null where it cannot be trusted. */
  static @Nullable Tensor newtonStep(Tensor d, Tensor m) {
    try (var scope = TensorScope.open()) {
      Tensor c = d.t().mm(m);
      Tensor diagonal = c.diagonal();
      double trace = diagonal.sum().item_double();
      if (!(trace > 0)) {
        return null;
      }
      Tensor h = diagonal.clamp_min(new Scalar(ENERGY_FLOOR * trace / (double) c.size(0)));
      Tensor turn = c.sub(c.t()).div_(h.unsqueeze(1).add(h));
      double length = turn.norm().item_double() / Math.sqrt((double) c.size(0));
      if (!(length < LONGEST_TURN)) {
        return null;
      }
      Tensor inside = turn.sub_(c.div_(h)).add_(eye(c.size(0), c.options()));
      Tensor next = orthonormal(m.div(h).addmm_(d, inside));
      // Rounding alone moves the trace by less than this.
      return next != null && next.mul(m).sum().item_double() >= trace * (1 - 1e-6)
          ? scope.keep(next)
          : null;
    }
  }

  /**
   * X made orthonormal column after column, through the Cholesky factor of its Gram matrix.
   *
   * @param x [p, k], near orthonormal columns
   * @return in the caller's scope; null where the columns are too far from it
   */
  public static @Nullable Tensor orthonormal(Tensor x) {
    try (var scope = TensorScope.open()) {
      var attempt = linalg_cholesky_ex(x.t().mm(x));
      Tensor lower = attempt.get0();
      if (attempt.get1().item_int() != 0
          || !(lower.diagonal().amin().item_double() > SMALLEST_PIVOT)) {
        return null;
      }
      return scope.keep(linalg_solve_triangular(lower.t(), x, true, false, false));
    }
  }
}
