package io.compot.model;

import static org.bytedeco.pytorch.global.torch.linear;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.jspecify.annotations.Nullable;

/** y = (x · innerᵀ) · outerᵀ + bias. */
final class TwoProducts {

  private TwoProducts() {}

  static Tensor apply(Tensor x, Tensor inner, Tensor outer, @Nullable Tensor bias) {
    try (var scope = TensorScope.open()) {
      Tensor narrow = linear(x, inner);
      return scope.keep(
          bias == null ? linear(narrow, outer) : linear(narrow, outer, new TensorOptional(bias)));
    }
  }
}
