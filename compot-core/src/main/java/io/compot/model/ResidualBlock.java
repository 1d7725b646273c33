package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** x + f(norm(x)) for each of several sublayers in turn. */
record ResidualBlock(Weights weights, List<Loaded> sublayers) implements Block {

  /** A sublayer and the norm before it. */
  record Loaded(Norm norm, Sublayer sublayer) {}

  @Override
  public Tensor forward(Tensor hidden, Context context) {
    try (var scope = TensorScope.open()) {
      Tensor x = hidden;
      for (Loaded each : sublayers) {
        x = each.sublayer().forward(each.norm().apply(x), context).add_(x);
      }
      return scope.keep(x);
    }
  }

  @Override
  public void close() {
    weights.close();
  }

  /** What one of its sublayers is made of. */
  record Step(Part<Norm> norm, Part<? extends Sublayer> sublayer) {}

  /** A block of the given parts, in the order in which they are applied. */
  record Spec(List<Step> steps) implements Part<Block> {

    @Override
    public Stream<TensorSpec> tensors() {
      return steps.stream()
          .flatMap(step -> Stream.concat(step.norm().tensors(), step.sublayer().tensors()));
    }

    @Override
    public List<SharedInput> projections() {
      return steps.stream().flatMap(step -> step.sublayer().projections().stream()).toList();
    }

    @Override
    public Block load(Weights weights) throws InputException {
      List<Loaded> loaded = new ArrayList<>();
      for (Step step : steps) {
        loaded.add(new Loaded(step.norm().load(weights), step.sublayer().load(weights)));
      }
      return new ResidualBlock(weights, List.copyOf(loaded));
    }
  }
}
