package io.compot.model;

import static org.bytedeco.pytorch.global.torch.linear;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.jspecify.annotations.Nullable;

/**
 * A projection held as one dense weight.
 *
 * @param weight [out, in] in the computation type, owned
 * @param bias [out], owned, or null
 */
public record DenseLinear(String name, Tensor weight, @Nullable Tensor bias) implements Linear {

  @Override
  public long in() {
    return weight.size(1);
  }

  @Override
  public long out() {
    return weight.size(0);
  }

  @Override
  public Tensor apply(Tensor x) {
    if (bias == null) {
      return linear(x, weight);
    }
    try (var optional = new TensorOptional(bias)) {
      return linear(x, weight, optional);
    }
  }

  @Override
  public void close() {
    weight.close();
    if (bias != null) {
      bias.close();
    }
  }
}
