package io.compot.model;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A tensor that a family expects in the checkpoint.
 *
 * @param name checkpoint name
 * @param dimensions expected shape, each dimension with the config field it follows from
 * @param role what it is, and so what may stand in its place
 * @param layout of a matrix that is applied to something
 */
public record TensorSpec(String name, List<Dimension> dimensions, Role role, WeightLayout layout) {

  private static final String WEIGHT = ".weight";

  /** What a tensor is. */
  public enum Role {
    /** The weight of a linear projection of a block, or beside them. */
    PROJECTION,
    /** A row for each token: embedding, output projection, or both. */
    TABLE,
    /** Everything else: norms, biases, positions. */
    OTHER
  }

  public TensorSpec {
    dimensions = List.copyOf(dimensions);
  }

  /** A row for each token. */
  public static TensorSpec table(String name, Dimension... dimensions) {
    return new TensorSpec(name, List.of(dimensions), Role.TABLE, WeightLayout.OUT_IN);
  }

  /** Whether packed weights may stand in its place. */
  public boolean packable() {
    return role != Role.OTHER;
  }

  /** The name without {@code .weight}, under which packed weights are listed. */
  public String base() {
    return name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : name;
  }

  /** A tensor that is neither. */
  public static TensorSpec of(String name, Dimension... dimensions) {
    return new TensorSpec(name, List.of(dimensions), Role.OTHER, WeightLayout.OUT_IN);
  }

  /** Features that what can be packed is applied to, or the width of a table. */
  public long in() {
    return layout == WeightLayout.OUT_IN ? shape().getLast() : shape().getFirst();
  }

  /** Features that it gives, or the rows of a table. */
  public long out() {
    return layout == WeightLayout.OUT_IN ? shape().getFirst() : shape().getLast();
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
