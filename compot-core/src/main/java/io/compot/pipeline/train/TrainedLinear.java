package io.compot.pipeline.train;

import io.compot.form.codec.TrainedWeight;
import io.compot.model.Linear;
import io.compot.model.WrappedLinear;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A projection by a weight that automatic differentiation follows.
 *
 * @param linear whose place it takes, owned
 * @param weight the caller's
 * @param bias [out], the caller's, or null
 */
record TrainedLinear(Linear linear, TrainedWeight weight, @Nullable Tensor bias)
    implements WrappedLinear {

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      Tensor output = weight.apply(x);
      return scope.keep(bias == null ? output : output.add(bias));
    }
  }
}
