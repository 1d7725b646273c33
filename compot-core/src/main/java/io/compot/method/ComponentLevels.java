package io.compot.method;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How the components of two factors share their magnitudes out before they are rounded to grids. A
 * row of the right factor (an atom) has scales of its own and bears any magnitude; columns of the
 * left one (its values) share scales, and lose least where all are about as large.
 */
public final class ComponentLevels {

  /** Part of the largest component below which one is lost in the rounding of the others. */
  private static final double LOST = 1e-7;

  /** How unlike the left columns' sizes may stay, so that scales keep to narrow types. */
  private static final double SPREAD = 1e-3;

  private ComponentLevels() {}

  /**
   * What to multiply the right factor's rows by, and to divide the left one's columns by where it
   * is not 0; 0 for components that are as good as nothing.
   *
   * @param left sizes of the columns, [k], double
   * @param right sizes of the rows, [k], double
   * @return [k], in the caller's scope
   */
  public static Tensor of(Tensor left, Tensor right) {
    try (var scope = TensorScope.open()) {
      Tensor both = left.mul(right);
      Tensor kept = both.gt(new Scalar(LOST * both.amax().item_double()));
      Tensor zero = torch.zeros_like(left);
      double largest = torch.where(kept, left, zero).amax().item_double();
      if (!(largest > 0)) {
        return scope.keep(zero);
      }
      Tensor relative = left.div(new Scalar(largest)).clamp_min_(new Scalar(SPREAD));
      double logs = torch.where(kept, relative.log2(), zero).sum().item_double();
      double middle = Math.pow(2, logs / kept.sum().item_long());
      return scope.keep(torch.where(kept, relative.div(new Scalar(middle)), zero));
    }
  }
}
