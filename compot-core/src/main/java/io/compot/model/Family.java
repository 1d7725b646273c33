package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;

/** One {@code model_type}: how its config is read and which parts its models have. */
interface Family {

  /** The value of {@code model_type}. */
  String modelType();

  /**
   * The structure its config describes; tensors are not yet checked.
   *
   * @throws InputException naming the field that makes no sense
   */
  Architecture architecture(ModelSource checkpoint) throws InputException;
}
