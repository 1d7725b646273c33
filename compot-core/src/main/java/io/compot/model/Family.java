package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
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
   * @param config as it is
   * @param fields of it, which are changed
   * @param kept their numbers, ascending
   * @throws InputException where no configuration says what is left
   */
  default void keepBlocks(ConfigFile config, ObjectNode fields, List<Integer> kept)
      throws InputException {
    fields.put("num_hidden_layers", kept.size());
    SlidingWindow.keepBlocks(fields, kept);
  }
}
