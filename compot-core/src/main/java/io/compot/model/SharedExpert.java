package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * Experts that a router chooses from, and one beside them that every token goes through, weighed by
 * a gate of its own: y = experts(x) + σ(gate(x)) · shared(x) (Qwen2: arXiv 2407.10671).
 *
 * @param gate from H to 1
 */
record SharedExpert(FeedForward experts, FeedForward shared, Linear gate) implements FeedForward {

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      Tensor weighed = shared.apply(x).mul(gate.apply(x).sigmoid());
      return scope.keep(experts.apply(x).add_(weighed));
    }
  }

  /**
   * The layer; its gate is one row, and stays as it is like the router.
   *
   * @param gate name of the gate, without {@code .weight}
   */
  record Spec(Part<FeedForward> experts, Part<FeedForward> shared, String gate, Dimension hidden)
      implements Part<FeedForward> {

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.of(experts.tensors(), shared.tensors(), Stream.of(weight())).flatMap(t -> t);
    }

    @Override
    public List<SharedInput> projections() {
      return Stream.concat(experts.projections().stream(), shared.projections().stream()).toList();
    }

    @Override
    public FeedForward load(Weights weights) throws InputException {
      return new SharedExpert(
          experts.load(weights), shared.load(weights), weights.linear(gate, weight(), null));
    }

    private TensorSpec weight() {
      return TensorSpec.of(gate + ".weight", new Dimension(1, "1"), hidden);
    }
  }
}
