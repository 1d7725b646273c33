package io.compot.form.codec;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Two dense factors, applied one after the other; the dense weight is never formed.
 *
 * @param left [out, r] in the computation type, owned
 * @param right [r, in], owned
 */
record LowRankProduct(Tensor left, Tensor right) implements Product {

  @Override
  public Tensor apply(Tensor x, @Nullable Tensor bias) {
    try (var scope = TensorScope.open()) {
      return scope.keep(DenseProduct.linear(DenseProduct.linear(x, right, null), left, bias));
    }
  }

  @Override
  public void close() {
    left.close();
    right.close();
  }
}
