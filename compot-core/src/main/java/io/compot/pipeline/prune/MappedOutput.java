package io.compot.pipeline.prune;

import io.compot.model.Linear;
import io.compot.model.WrappedLinear;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;

/**
 * A projection behind which a linear map stands, as if it were multiplied into its weight.
 *
 * @param linear what does the work, owned
 * @param map T [out, out]; y T is what comes out; the caller's
 */
record MappedOutput(Linear linear, Tensor map) implements WrappedLinear {

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      Tensor output = linear.apply(x);
      return scope.keep(output.matmul(map.to(output.scalar_type())));
    }
  }
}
