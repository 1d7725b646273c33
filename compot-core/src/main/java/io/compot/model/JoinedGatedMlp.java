package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** As {@link GatedMlp}, with gate and up as the two halves of one projection's output. */
record JoinedGatedMlp(Linear gateUp, Linear down, Activation activation) implements FeedForward {

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      Tensor both = gateUp.apply(x);
      long width = both.size(-1) / 2;
      Tensor gate = both.narrow(-1, 0, width);
      Tensor up = both.narrow(-1, width, width);
      return scope.keep(down.apply(activation.apply(gate).mul(up)));
    }
  }

  /** The layer of two projections. */
  record Spec(ProjectionSpec gateUp, ProjectionSpec down, Activation activation)
      implements Part<FeedForward> {

    /** The layer under a prefix such as {@code model.layers.0.mlp}. */
    static Spec under(
        String prefix, Dimension hidden, Dimension inner, boolean bias, Activation activation) {
      return new Spec(
          new ProjectionSpec(prefix, "gate_up_proj", hidden, inner.with(inner), bias),
          new ProjectionSpec(prefix, "down_proj", inner, hidden, bias),
          activation);
    }

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.of(gateUp, down).flatMap(ProjectionSpec::tensors);
    }

    @Override
    public List<SharedInput> projections() {
      return List.of(ProjectionSpec.sharing(gateUp), ProjectionSpec.sharing(down));
    }

    @Override
    public FeedForward load(Weights weights) throws InputException {
      return new JoinedGatedMlp(weights.linear(gateUp), weights.linear(down), activation);
    }
  }
}
