package io.compot.model;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A projection held as W ≈ code · dictionary, applied as x·dictionaryᵀ, then ·codeᵀ; the dense
 * weight is never formed.
 *
 * @param dictionary Aᵀ, [k, in] in the computation type, owned
 * @param code Sᵀ, [out, k] with its zeros, owned
 * @param bias [out], owned, or null
 */
public record FactoredLinear(String name, Tensor dictionary, Tensor code, @Nullable Tensor bias)
    implements Linear {

  @Override
  public long in() {
    return dictionary.size(1);
  }

  @Override
  public long out() {
    return code.size(0);
  }

  @Override
  public Tensor apply(Tensor x) {
    return TwoProducts.apply(x, dictionary, code, bias);
  }

  @Override
  public void close() {
    dictionary.close();
    code.close();
    if (bias != null) {
      bias.close();
    }
  }
}
