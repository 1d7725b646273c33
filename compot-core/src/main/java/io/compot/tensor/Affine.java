package io.compot.tensor;

import static org.bytedeco.pytorch.global.torch.addmv;
import static org.bytedeco.pytorch.global.torch.linear;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.jspecify.annotations.Nullable;

/** x Wᵀ + b of any number of rows. */
public final class Affine {

  private Affine() {}

  /**
   * The product. Of a single row in single precision OpenBLAS makes a product of matrices of what
   * is one of a matrix and a vector, and takes three times as long: it is asked for the latter, in
   * one thread, which reads memory nearly as fast as two that must wait for each other.
   *
   * @param x [..., in]
   * @param weight [out, in], of the type of x
   * @param bias [out], or null
   * @return [..., out], in the caller's scope
   */
  public static Tensor apply(Tensor x, Tensor weight, @Nullable Tensor bias) {
    if (x.numel() == weight.size(1) && Dtype.of(x) == Dtype.F32) {
      return ofOne(x, weight, bias);
    }
    if (bias == null) {
      return linear(x, weight);
    }
    try (var optional = new TensorOptional(bias)) {
      return linear(x, weight, optional);
    }
  }

  private static Tensor ofOne(Tensor x, Tensor weight, @Nullable Tensor bias) {
    try (var scope = TensorScope.open();
        var _ = SingleBlasThread.open()) {
      Tensor row = x.reshape(weight.size(1));
      Tensor product = bias == null ? weight.mv(row) : addmv(bias, weight, row);
      long[] shape = x.shape();
      shape[shape.length - 1] = weight.size(0);
      return scope.keep(product.view(shape));
    }
  }
}
