package io.compot.pipeline.prune;

import io.compot.model.Linear;
import io.compot.model.WrappedLinear;
import io.compot.tensor.TensorScope;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;

/**
 * A projection whose output is shown to somebody.
 *
 * @param linear what does the work, owned
 * @param seen takes a copy, which it owns: the block adds to the output in place
 */
record ClosingOutput(Linear linear, Consumer<Tensor> seen) implements WrappedLinear {

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      Tensor output = linear.apply(x);
      seen.accept(scope.own(output.clone()));
      return scope.keep(output);
    }
  }
}
