package io.compot.model;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A tensor that a family expects in the checkpoint.
 *
 * @param name checkpoint name
 * @param dimensions expected shape, each dimension with the config field it follows from
 * @param projection whether it is the weight of a linear projection, so that packed factors may
 *     stand in its place
 * @param required false where the family can do without it
 */
record TensorSpec(String name, List<Dimension> dimensions, boolean projection, boolean required) {

  TensorSpec {
    dimensions = List.copyOf(dimensions);
  }

  static TensorSpec of(String name, Dimension... dimensions) {
    return new TensorSpec(name, List.of(dimensions), false, true);
  }

  List<Long> shape() {
    return dimensions.stream().map(Dimension::size).toList();
  }

  /** The shape as the config gives it, for messages. */
  String expectation() {
    return dimensions.stream().map(Dimension::toString).collect(Collectors.joining(", ", "[", "]"));
  }
}
