package io.compot.model;

import static org.bytedeco.pytorch.global.torch.rms_norm;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.stream.Stream;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * x / √(mean(x²) + ε) · weight (Zhang and Sennrich, arXiv 1910.07467).
 *
 * @param weight [d]
 * @param eps ε
 */
record RmsNorm(Tensor weight, double eps) implements Norm {

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      return scope.keep(
          rms_norm(
              x, new long[] {weight.size(0)}, new TensorOptional(weight), new DoubleOptional(eps)));
    }
  }

  /** The norm whose weight is {@code name.weight}. */
  record Spec(String name, Dimension size, double eps) implements Part<Norm> {

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.of(weight());
    }

    @Override
    public Norm load(Weights weights) throws InputException {
      return new RmsNorm(weights.tensor(weight()), eps);
    }

    private TensorSpec weight() {
      return TensorSpec.of(name + ".weight", size);
    }
  }
}
