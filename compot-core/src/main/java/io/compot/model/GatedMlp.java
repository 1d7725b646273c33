package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** down(activation(gate(x)) ⊙ up(x)) (Shazeer, arXiv 2002.05202). */
record GatedMlp(Linear gate, Linear up, Linear down, Activation activation) implements FeedForward {

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      return scope.keep(down.apply(activation.apply(gate.apply(x)).mul_(up.apply(x))));
    }
  }

  /** The layer under a prefix such as {@code model.layers.0.mlp}. */
  record Spec(ProjectionSpec gate, ProjectionSpec up, ProjectionSpec down, Activation activation)
      implements Part<FeedForward> {

    /** The names that all gated families use. */
    static Spec under(
        String prefix, Dimension hidden, Dimension inner, boolean bias, Activation activation) {
      return new Spec(
          new ProjectionSpec(prefix, "gate_proj", hidden, inner, bias),
          new ProjectionSpec(prefix, "up_proj", hidden, inner, bias),
          new ProjectionSpec(prefix, "down_proj", inner, hidden, bias),
          activation);
    }

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.of(gate, up, down).flatMap(ProjectionSpec::tensors);
    }

    @Override
    public List<SharedInput> projections() {
      return List.of(ProjectionSpec.sharing(gate, up), ProjectionSpec.sharing(down));
    }

    @Override
    public FeedForward load(Weights weights) throws InputException {
      return new GatedMlp(
          weights.linear(gate), weights.linear(up), weights.linear(down), activation);
    }
  }
}
