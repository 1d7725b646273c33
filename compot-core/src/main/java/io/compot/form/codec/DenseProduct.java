package io.compot.form.codec;

import io.compot.kernel.Weight;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A weight multiplied out.
 *
 * @param weight [out, in] in the computation type, owned
 */
record DenseProduct(Tensor weight) implements Product {

  @Override
  public Tensor apply(Tensor x, @Nullable Tensor bias) {
    return linear(x, weight, bias);
  }

  /** x Wᵀ + b, in the caller's scope. */
  static Tensor linear(Tensor x, Tensor weight, @Nullable Tensor bias) {
    if (bias == null) {
      return torch.linear(x, weight);
    }
    try (var optional = new TensorOptional(bias)) {
      return torch.linear(x, weight, optional);
    }
  }

  @Override
  public Optional<Weight> stored() {
    return StoredWeights.plain(weight).map(plain -> plain);
  }

  @Override
  public void close() {
    weight.close();
  }
}
