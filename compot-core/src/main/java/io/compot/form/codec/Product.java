package io.compot.form.codec;

import io.compot.kernel.Weight;
import java.util.Optional;
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

  /**
   * The weight as it lies in memory, for kernels; empty where it has a form that they do not know.
   * It is valid until this is closed.
   */
  default Optional<Weight> stored() {
    return Optional.empty();
  }

  @Override
  void close();
}
