package io.compot.form.codec;

import io.compot.kernel.Weight;
import io.compot.quantise.GroupedMatrix;
import io.compot.tensor.Affine;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A weight in few bits, which stays so: it is spread out for each product and forgotten.
 *
 * @param weight [out, in], owned
 * @param computation type of the inputs
 */
record GroupedProduct(GroupedMatrix weight, Dtype computation) implements Product {

  @Override
  public Tensor apply(Tensor x, @Nullable Tensor bias) {
    try (var scope = TensorScope.open()) {
      return scope.keep(Affine.apply(x, weight.dense(computation), bias));
    }
  }

  @Override
  public Optional<Weight> stored() {
    return Optional.of(StoredWeights.grouped(weight));
  }

  @Override
  public void close() {
    weight.close();
  }
}
