package io.compot.model;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A projection held as W ≈ left · right, applied as two products.
 *
 * @param left [out, r] in the computation type, owned
 * @param right [r, in], owned
 * @param bias [out], owned, or null
 */
public record LowRankLinear(String name, Tensor left, Tensor right, @Nullable Tensor bias)
    implements Linear {

  @Override
  public long in() {
    return right.size(1);
  }

  @Override
  public long out() {
    return left.size(0);
  }

  @Override
  public Tensor apply(Tensor x) {
    return TwoProducts.apply(x, right, left, bias);
  }

  @Override
  public void close() {
    left.close();
    right.close();
    if (bias != null) {
      bias.close();
    }
  }
}
