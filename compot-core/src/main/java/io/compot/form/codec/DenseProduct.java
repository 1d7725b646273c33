package io.compot.form.codec;

import io.compot.kernel.Weight;
import io.compot.tensor.Affine;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A weight multiplied out.
 *
 * @param weight [out, in] in the computation type, owned
 */
record DenseProduct(Tensor weight) implements Product {

  @Override
  public Tensor apply(Tensor x, @Nullable Tensor bias) {
    return Affine.apply(x, weight, bias);
  }

  @Override
  public Optional<Weight> stored() {
    return StoredWeights.plain(weight).map(plain -> plain);
  }

  @Override
  public void close() {
    weight.close();
  }
}
