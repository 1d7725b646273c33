package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

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

  /**
   * Makes the fields of a config say that only some of its blocks are left.
   *
   * @param kept their numbers, ascending
   */
  default void keepBlocks(ObjectNode config, List<Integer> kept) {
    config.put("num_hidden_layers", kept.size());
    SlidingWindow.keepBlocks(config, kept);
  }
}
