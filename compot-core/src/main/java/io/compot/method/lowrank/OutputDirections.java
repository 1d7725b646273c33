package io.compot.method.lowrank;

import static org.bytedeco.pytorch.global.torch.linalg_eigh;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The left singular vectors of a weight whose inputs were scaled: of a whitened one the principal
 * directions of its outputs, since WGWᵀ = YᵀY.
 */
public final class OutputDirections {

  /** Directions below this part of the largest singular value are rounding. */
  private static final double NEGLIGIBLE = 1e-7;

  private OutputDirections() {}

  /**
   * All of them.
   *
   * @param scaled [out, in], double
   * @return [out, min(out, in)], that of the largest singular value first, zero where there is
   *     none; in the caller's scope
   */
  public static Tensor of(Tensor scaled) {
    try (var scope = TensorScope.open()) {
      if (scaled.size(0) <= scaled.size(1)) {
        return scope.keep(linalg_eigh(scaled.mm(scaled.t())).get1().flip(1).contiguous());
      }
      Tensor right = linalg_eigh(scaled.t().mm(scaled)).get1().flip(1);
      Tensor products = scaled.mm(right);
      Tensor sigma = products.square().sum(0).sqrt();
      Tensor real = sigma.gt(sigma.amax().mul(new Scalar(NEGLIGIBLE)));
      return scope.keep(torch.where(real, products.div(sigma), torch.zeros_like(products)));
    }
  }
}
