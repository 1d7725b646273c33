package io.compot.method.sparse;

import io.compot.tensor.HardThreshold;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * ROCKET's choice of a support: first the most important entries of each row, leaving free the part
 * β of all entries; then the most important ones of the rest, wherever they are, up to the number
 * paid for.
 */
final class TwoStageSelection {

  private TwoStageSelection() {}

  /**
   * Chooses.
   *
   * @param importance [n, k], double, nonnegative; only read
   * @param s nonzeros a row that are paid for, on average
   * @param beta part of a row's k entries by which the first stage takes fewer than s, at least one
   *     being taken
   * @param nonzeros how many entries to choose in all
   * @return Bool [n, k] with that many true, in the caller's scope
   */
  static Tensor of(Tensor importance, long s, double beta, long nonzeros) {
    try (var scope = TensorScope.open()) {
      long n = importance.size(0);
      long k = importance.size(1);
      int first = (int) Math.max(1, (long) Math.floor(s - beta * k));
      Tensor ranked = singlePrecision(importance);
      Tensor kept = ranked.clone();
      HardThreshold.keepLargest(kept, first);
      Tensor support = chosen(kept);
      long rest = nonzeros - n * first;
      if (rest > 0) {
        // Below every candidate's magnitude, so that no chosen entry is counted twice.
        Tensor others = ranked.add_(new Scalar(Float.MIN_NORMAL));
        others.masked_fill_(support, new Scalar(0.0));
        HardThreshold.keepLargest(others.view(1, n * k), Math.toIntExact(rest));
        support.logical_or_(chosen(others));
      }
      return scope.keep(support);
    }
  }

  private static Tensor singlePrecision(Tensor importance) {
    double largest = importance.amax().item_double();
    Scalar scale = new Scalar(largest > 0 ? 1 / largest : 1);
    return importance.mul(scale).to(ScalarType.Float).contiguous();
  }

  private static Tensor chosen(Tensor thresholded) {
    return thresholded.view(ScalarType.Int).ne(new Scalar(0));
  }
}
