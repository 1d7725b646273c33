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
 */
public record TensorSpec(String name, List<Dimension> dimensions, boolean projection) {

  public TensorSpec {
    dimensions = List.copyOf(dimensions);
  }

  /** A tensor that is no projection. */
  public static TensorSpec of(String name, Dimension... dimensions) {
    return new TensorSpec(name, List.of(dimensions), false);
  }

  /** The expected shape. */
  public List<Long> shape() {
    return dimensions.stream().map(Dimension::size).toList();
  }

  /** The shape as the config gives it, for messages. */
  public String expectation() {
    return dimensions.stream().map(Dimension::toString).collect(Collectors.joining(", ", "[", "]"));
  }
}
