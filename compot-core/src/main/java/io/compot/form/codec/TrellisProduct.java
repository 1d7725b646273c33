package io.compot.form.codec;

import io.compot.kernel.Weight;
import io.compot.quantise.TrellisMatrix;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A weight of trellis codes, which stays so: inputs are turned, multiplied by the decoded codes,
 * and the outputs turned back.
 *
 * @param weight [out, in], owned
 * @param computation type of the inputs
 */
record TrellisProduct(TrellisMatrix weight, Dtype computation) implements Product {

  @Override
  public Tensor apply(Tensor x, @Nullable Tensor bias) {
    try (var scope = TensorScope.open()) {
      Tensor y = weight.apply(x, computation);
      return scope.keep(bias == null ? y : y.add_(bias));
    }
  }

  @Override
  public Optional<Weight> stored() {
    return Optional.of(StoredWeights.trellis(weight));
  }

  @Override
  public void close() {
    weight.close();
  }
}
