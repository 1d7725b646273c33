package io.compot.method.structured;

import static org.bytedeco.pytorch.global.torch.cholesky_solve;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.tensor.RidgedCholesky;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The linear map T for which M T comes nearest to a target R over all tokens, with rows for tokens
 * (ReplaceMe, arXiv 2505.02819):
 *
 * <pre>
 * T = (MᵀM + αI)⁻¹ MᵀR
 * </pre>
 *
 * by a Cholesky factor of the normal equations, which are summed in double.
 */
public final class LeastSquaresMap implements AutoCloseable {

  private final long width;
  private final Tensor gram;
  private final Tensor cross;

  /** Empty sums over rows of so many numbers. */
  public LeastSquaresMap(long width) {
    this.width = width;
    try (var scope = TensorScope.open()) {
      var options = new TensorOptions(ScalarType.Double);
      gram = scope.own(zeros(new long[] {width, width}, options));
      cross = scope.own(zeros(new long[] {width, width}, options));
    }
  }

  /**
   * Adds tokens.
   *
   * @param inputs M [..., width]
   * @param targets R of the same shape
   */
  public void add(Tensor inputs, Tensor targets) {
    try (var _ = TensorScope.open()) {
      Tensor m = inputs.reshape(-1, width).to(ScalarType.Double);
      Tensor r = targets.reshape(-1, width).to(ScalarType.Double);
      gram.addmm_(m.t(), m, new Scalar(1), new Scalar(1));
      cross.addmm_(m.t(), r, new Scalar(1), new Scalar(1));
    }
  }

  /**
   * T.
   *
   * @param ridge α as a part of the mean diagonal entry of MᵀM, above 0; raised tenfold until the
   *     sum has a Cholesky factor
   * @return [width, width] in double, in the caller's scope
   * @throws IllegalStateException where the sums hold numbers that are none
   */
  public Tensor solve(double ridge) {
    try (var scope = TensorScope.open()) {
      double mean = gram.diagonal().mean().item_double();
      double alpha = ridge * Math.max(mean, Double.MIN_NORMAL);
      Tensor lower = RidgedCholesky.lower(gram.clone(), alpha);
      return scope.keep(cholesky_solve(cross, lower));
    }
  }

  @Override
  public void close() {
    gram.close();
    cross.close();
  }
}
