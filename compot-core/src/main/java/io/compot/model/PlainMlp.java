package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** down(activation(up(x))). */
record PlainMlp(Linear up, Linear down, Activation activation) implements FeedForward {

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      return scope.keep(down.apply(activation.apply(up.apply(x))));
    }
  }

  /** The layer of two projections. */
  record Spec(ProjectionSpec up, ProjectionSpec down, Activation activation)
      implements Part<FeedForward> {

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.of(up, down).flatMap(ProjectionSpec::tensors);
    }

    @Override
    public List<SharedInput> projections() {
      return List.of(ProjectionSpec.sharing(up), ProjectionSpec.sharing(down));
    }

    @Override
    public FeedForward load(Weights weights) throws InputException {
      return new PlainMlp(weights.linear(up), weights.linear(down), activation);
    }
  }
}
