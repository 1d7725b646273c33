package io.compot.form.codec;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A weight [out, in] in whatever form, made ready to be multiplied by; owns its tensors. */
public interface Product extends AutoCloseable {

  /**
   * y = x Wᵀ + b over the last dimension, in the caller's scope.
   *
   * @param x [..., in] in the type that the product was made for
   * @param bias [out] in the same type, or null
   */
  Tensor apply(Tensor x, @Nullable Tensor bias);

  @Override
  void close();
}
