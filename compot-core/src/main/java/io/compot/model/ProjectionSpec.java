package io.compot.model;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * A linear projection that a family expects.
 *
 * @param under what its name begins with
 * @param kind the last part of its name, which says what it does
 * @param in input features
 * @param out output features
 * @param bias whether {@code name.bias} is expected
 * @param layout of its dense weight
 */
record ProjectionSpec(
    String under, String kind, Dimension in, Dimension out, boolean bias, WeightLayout layout) {

  /** A projection whose weight is stored as torch's Linear has it. */
  ProjectionSpec(String under, String kind, Dimension in, Dimension out, boolean bias) {
    this(under, kind, in, out, bias, WeightLayout.OUT_IN);
  }

  /** Checkpoint name without {@code .weight}. */
  String name() {
    return under + "." + kind;
  }

  TensorSpec weight() {
    List<Dimension> dimensions =
        layout == WeightLayout.OUT_IN ? List.of(out, in) : List.of(in, out);
    return new TensorSpec(name() + ".weight", dimensions, TensorSpec.Role.PROJECTION, layout);
  }

  TensorSpec biasVector() {
    return TensorSpec.of(name() + ".bias", out);
  }

  Stream<TensorSpec> tensors() {
    return bias ? Stream.of(weight(), biasVector()) : Stream.of(weight());
  }

  /** Projections that are applied to one input; whoever puts them into a block says which. */
  static SharedInput sharing(ProjectionSpec... specs) {
    String input = specs[0].name();
    return new SharedInput(
        Stream.of(specs)
            .map(spec ->
                new Projection(
                    spec.name(),
                    "",
                    0,
                    spec.kind(),
                    input,
                    OptionalInt.empty(),
                    spec.in().size(),
                    spec.out().size(),
                    spec.layout()))
            .toList());
  }
}
