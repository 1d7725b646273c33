package io.compot.form.codec;

import io.compot.kernel.Weight;
import io.compot.tensor.TensorScope;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Two factors, applied one after the other; the dense weight is never formed.
 *
 * @param left [out, r], owned
 * @param right [r, in], owned
 */
record LowRankProduct(Product left, Product right) implements Product {

  @Override
  public Tensor apply(Tensor x, @Nullable Tensor bias) {
    try (var scope = TensorScope.open()) {
      return scope.keep(left.apply(right.apply(x, null), bias));
    }
  }

  @Override
  public Optional<Weight> stored() {
    return left.stored()
        .flatMap(first -> right.stored().map(second -> new Weight.LowRank(first, second)));
  }

  @Override
  public void close() {
    left.close();
    right.close();
  }
}
