package io.compot.form.codec;

import io.compot.kernel.Weight;
import io.compot.tensor.TensorScope;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Two weights that are applied to the same input and added.
 *
 * @param base owned
 * @param rest owned
 */
record SumProduct(Product base, Product rest) implements Product {

  @Override
  public Tensor apply(Tensor x, @Nullable Tensor bias) {
    try (var scope = TensorScope.open()) {
      return scope.keep(base.apply(x, bias).add(rest.apply(x, null)));
    }
  }

  @Override
  public Optional<Weight> stored() {
    return base.stored()
        .flatMap(first -> rest.stored().map(second -> new Weight.Sum(first, second)));
  }

  @Override
  public void close() {
    base.close();
    rest.close();
  }
}
