package io.compot.method;

import static org.bytedeco.pytorch.global.torch.linalg_cholesky_ex;
import static org.bytedeco.pytorch.global.torch.linalg_qr;
import static org.bytedeco.pytorch.global.torch.linalg_solve_triangular;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * LW in the coordinates of its own range, without approximation; the tensors are in the scope that
 * was open.
 *
 * @param coordinates Rᵀ, [out, p] with p = min(in, out), double
 * @param basis orthonormal Q [in, p] with LW = QR; null where p = in and R is LW itself
 */
public record RangeCoordinates(Tensor coordinates, @Nullable Tensor basis) {

  /** Least pivot, relative to the largest, that leaves enough digits in double. */
  private static final double SMALLEST_PIVOT = 1e-3;

  /**
   * Finds the coordinates.
   *
   * @param target (LW)ᵀ, [out, in], double
   */
  public static RangeCoordinates of(Tensor target) {
    if (target.size(0) >= target.size(1)) {
      return new RangeCoordinates(target, null);
    }
    try (var scope = TensorScope.open()) {
      // The Cholesky factor of LW's Gram matrix is R, as good as an orthogonal one's where LW is
      // well conditioned.
      var attempt = linalg_cholesky_ex(target.mm(target.t()));
      Tensor lower = attempt.get0();
      Tensor pivots = lower.diagonal();
      if (attempt.get1().item_int() == 0
          && pivots.amin().item_double() > SMALLEST_PIVOT * pivots.amax().item_double()) {
        Tensor basis = linalg_solve_triangular(lower, target, false, true, false).t();
        return new RangeCoordinates(scope.keep(lower.contiguous()), scope.keep(basis));
      }
      var qr = linalg_qr(target.t());
      return new RangeCoordinates(
          scope.keep(qr.get1().t().contiguous()), scope.keep(new Tensor(qr.get0())));
    }
  }

  /** The same, handed on to the scope around the given one. */
  public RangeCoordinates keptIn(TensorScope scope) {
    scope.keep(coordinates);
    if (basis != null) {
      scope.keep(basis);
    }
    return this;
  }

  /** D = QD′, [in, k], double. */
  public Tensor lift(Tensor dictionary) {
    try (var scope = TensorScope.open()) {
      Tensor wide = dictionary.to(ScalarType.Double);
      return scope.keep(basis == null ? wide : basis.mm(wide));
    }
  }
}
