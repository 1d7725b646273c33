package io.compot.model;

import java.util.List;
import java.util.stream.Stream;

/**
 * A linear projection that a family expects.
 *
 * @param name checkpoint name without {@code .weight}
 * @param in input features
 * @param out output features
 * @param bias whether {@code name.bias} is expected
 */
record ProjectionSpec(String name, Dimension in, Dimension out, boolean bias) {

  Projection projection() {
    return new Projection(name, in.size(), out.size());
  }

  TensorSpec weight() {
    return new TensorSpec(name + ".weight", List.of(out, in), true);
  }

  TensorSpec biasVector() {
    return TensorSpec.of(name + ".bias", out);
  }

  Stream<TensorSpec> tensors() {
    return bias ? Stream.of(weight(), biasVector()) : Stream.of(weight());
  }

  static SharedInput sharing(ProjectionSpec... specs) {
    return new SharedInput(Stream.of(specs).map(ProjectionSpec::projection).toList());
  }
}
