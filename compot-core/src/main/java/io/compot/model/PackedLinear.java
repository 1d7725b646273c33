package io.compot.model;

import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.Product;
import io.compot.tensor.Dtype;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A projection whose weight is held in a form other than the ordinary one; how it is applied is its
 * codec's.
 *
 * @param form of the weight
 * @param product the weight, owned
 * @param bias [out], owned, or null
 */
public record PackedLinear(
    String name, Form form, long in, long out, Product product, @Nullable Tensor bias)
    implements Linear {

  /**
   * Makes a packed weight ready.
   *
   * @param packed stays the caller's, who may close it
   */
  static PackedLinear of(String name, Packed packed, Dtype computation, @Nullable Tensor bias) {
    Product product = Codecs.product(packed, computation);
    return new PackedLinear(name, packed.form(), packed.in(), packed.out(), product, bias);
  }

  @Override
  public Tensor apply(Tensor x) {
    return product.apply(x, bias);
  }

  @Override
  public void close() {
    product.close();
    if (bias != null) {
      bias.close();
    }
  }
}
