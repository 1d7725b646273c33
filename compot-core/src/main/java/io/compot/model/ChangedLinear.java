package io.compot.model;

import org.bytedeco.pytorch.Tensor;

/**
 * A projection whose weight is changed by something.
 *
 * @param change ΔW, [out, in], which belongs to the caller
 */
public record ChangedLinear(Linear linear, Tensor change) implements WrappedLinear {

  @Override
  public Tensor apply(Tensor x) {
    return linear.apply(x).add(x.matmul(change.to(x.scalar_type()).t()));
  }
}
