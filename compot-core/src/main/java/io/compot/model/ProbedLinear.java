package io.compot.model;

import io.compot.tensor.TensorScope;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;

/**
 * A projection to whose output a zero is added that automatic differentiation follows: after a
 * backward pass its gradient is that of the output, whatever the model does to the output in place.
 *
 * @param linear what does the work, owned
 * @param probes receives the zero, [..., out], as soon as it is made; the receiver owns it
 */
public record ProbedLinear(Linear linear, Consumer<Tensor> probes) implements WrappedLinear {

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      Tensor output = linear.apply(x);
      Tensor probe = scope.own(output.detach().new_zeros(output.sizes()));
      probe.requires_grad_(true);
      probes.accept(probe);
      return scope.keep(output.add(probe));
    }
  }
}
