package io.compot.model;

import io.compot.tensor.Affine;
import org.bytedeco.pytorch.Tensor;
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
    return Affine.apply(x, weight, bias);
  }

  @Override
  public void close() {
    weight.close();
    if (bias != null) {
      bias.close();
    }
  }
}
