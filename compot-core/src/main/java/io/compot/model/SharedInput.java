package io.compot.model;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Projections that are applied to the very same input, as q, k and v are, so that one Gram matrix
 * serves them all.
 *
 * @param projections at least one, all with the same number of input features
 */
public record SharedInput(List<Projection> projections) {

  public SharedInput {
    projections = List.copyOf(projections);
    if (projections.isEmpty()) {
      throw new IllegalArgumentException("a shared input without a projection");
    }
    long in = projections.getFirst().in();
    if (projections.stream().anyMatch(projection -> projection.in() != in)) {
      throw new IllegalArgumentException("projections of different inputs: " + projections);
    }
  }

  /** The projection that stands for all of them: observing its input is enough. */
  public Projection first() {
    return projections.getFirst();
  }

  /** The same with each projection changed. */
  SharedInput map(UnaryOperator<Projection> change) {
    return new SharedInput(projections.stream().map(change).toList());
  }

  /** Features of the input. */
  public long in() {
    return first().in();
  }
}
