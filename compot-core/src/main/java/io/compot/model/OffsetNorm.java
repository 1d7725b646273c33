package io.compot.model;

import static org.bytedeco.pytorch.global.torch.rms_norm;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.stream.Stream;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * x / √(mean(x²) + ε) · (1 + weight), in single precision and rounded once, as Gemma has it.
 *
 * @param scale [d], 1 + weight, F32
 * @param eps ε
 */
record OffsetNorm(Tensor scale, double eps) implements Norm {

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      Tensor wide = x.to(scale.scalar_type());
      Tensor normed =
          rms_norm(
              wide, new long[] {scale.size(0)}, new TensorOptional(scale), new DoubleOptional(eps));
      return scope.keep(normed.to(x.scalar_type()));
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
      try (var scope = TensorScope.open()) {
        Tensor wide = weights.tensor(weight()).to(ScalarType.Float);
        return new OffsetNorm(weights.own(scope.own(wide.add(new Scalar(1)))), eps);
      }
    }

    private TensorSpec weight() {
      return TensorSpec.of(name + ".weight", size);
    }
  }
}
