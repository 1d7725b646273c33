package io.compot.method;

import io.compot.tensor.SingularVectors;
import io.compot.tensor.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The best approximation of rank r, A ≈ (U_r√Σ_r)(√Σ_r V_rᵀ); both in the scope that was open.
 *
 * @param left [rows, r], double
 * @param right [r, columns], double
 * @param singularValues all of A's, largest first
 */
public record LowRank(Tensor left, Tensor right, List<Double> singularValues) {

  /**
   * Truncates.
   *
   * @param a [rows, columns], double
   */
  public static LowRank of(Tensor a, long rank) {
    try (var scope = TensorScope.open()) {
      boolean tall = a.size(0) >= a.size(1);
      var found = SingularVectors.right(tall ? a : a.t(), rank);
      Tensor vectors = found.vectors();
      Tensor scaled = tall ? a.mm(vectors) : a.t().mm(vectors); // times Σ
      Tensor sigma = scaled.square().sum(0).sqrt();
      Tensor split = torch.where(sigma.gt(new Scalar(0.0)), sigma, torch.ones_like(sigma)).sqrt();
      Tensor unit = vectors.mul(split);
      Tensor rest = scaled.div(split);
      return tall
          ? new LowRank(scope.keep(rest), scope.keep(unit.t().contiguous()), found.values())
          : new LowRank(scope.keep(unit), scope.keep(rest.t().contiguous()), found.values());
    }
  }

  /** The power of two near the largest magnitude, 1 for all zeros. */
  public static double powerOfTwo(Tensor a) {
    try (var _ = TensorScope.open()) {
      double largest = a.abs().amax().item_double();
      return largest == 0 ? 1 : Math.scalb(1.0, Math.getExponent(largest));
    }
  }
}
