package io.compot.model;

import static org.bytedeco.pytorch.global.torch.layer_norm;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.jspecify.annotations.Nullable;

/**
 * (x − mean) / √(variance + ε) · weight + bias (Ba et al., arXiv 1607.06450).
 *
 * @param size d
 * @param weight [d], or null where the norm has none
 * @param bias [d], or null
 * @param eps ε
 */
record LayerNorm(long size, @Nullable Tensor weight, @Nullable Tensor bias, double eps)
    implements Norm {

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      return scope.keep(
          layer_norm(x, new long[] {size}, optional(weight), optional(bias), eps, false));
    }
  }

  private static TensorOptional optional(@Nullable Tensor tensor) {
    return tensor == null ? new TensorOptional() : new TensorOptional(tensor);
  }

  /**
   * The norm whose tensors are {@code name.weight} and {@code name.bias}.
   *
   * @param affine whether it has them
   */
  record Spec(String name, Dimension size, boolean affine, double eps) implements Part<Norm> {

    @Override
    public Stream<TensorSpec> tensors() {
      return affine ? Stream.of(weight(), bias()) : Stream.empty();
    }

    @Override
    public Norm load(Weights weights) throws InputException {
      return affine
          ? new LayerNorm(size.size(), weights.tensor(weight()), weights.tensor(bias()), eps)
          : new LayerNorm(size.size(), null, null, eps);
    }

    private TensorSpec weight() {
      return TensorSpec.of(name + ".weight", size);
    }

    private TensorSpec bias() {
      return TensorSpec.of(name + ".bias", size);
    }
  }
}
