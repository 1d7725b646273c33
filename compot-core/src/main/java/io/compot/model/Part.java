package io.compot.model;

import io.compot.error.InputException;
import java.util.List;
import java.util.stream.Stream;

/**
 * A piece of a model before it is loaded: what it expects of the checkpoint, and how it is made
 * from it. Families are put together from parts.
 *
 * @param <T> what it is once loaded
 */
interface Part<T> {

  /** Every tensor it reads. */
  Stream<TensorSpec> tensors();

  /** Its linear projections that compression may replace, by the input they share. */
  default List<SharedInput> projections() {
    return List.of();
  }

  /**
   * Loads it; everything it holds lives until the weights are closed.
   *
   * @throws InputException naming the tensor that cannot be used
   */
  T load(Weights weights) throws InputException;
}
