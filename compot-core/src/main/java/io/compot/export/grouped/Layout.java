package io.compot.export.grouped;

import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.TensorSink;
import io.compot.tensor.Dtype;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.databind.node.ObjectNode;

/** How another program packs codes, and what it calls that in {@code config.json}. */
interface Layout {

  /** Whether embedding and output projection may be codes as well, where they are on a grid. */
  default boolean tables() {
    return false;
  }

  /**
   * Refuses a model whatever its grids are, and says in its configuration what the other program
   * takes for granted otherwise.
   *
   * @param ownHead whether the output projection is a tensor of its own
   * @param into the fields of the new {@code config.json}
   */
  default void adapt(ConfigFile config, boolean ownHead, ObjectNode into) throws InputException {
    // Most read what Hugging Face's programs write.
  }

  /** Refuses rows that groups of at most so many weights do not fill as the layout has them. */
  default void checkRows(ConfigFile config, String name, long in, int group) throws InputException {
    // Most have groups of any size.
  }

  /** The type in which scales are stored. */
  Dtype scales(Dtype model);

  /**
   * Refuses a model that the layout has no place for.
   *
   * @param grids of the weights that are on one
   * @param dense names of the projections that are on none
   */
  void check(ConfigFile config, Map<CodedWeight, Grid> grids, List<String> dense)
      throws InputException;

  /** The tensors of a weight. */
  List<TensorInfo> tensors(CodedWeight weight, Grid grid, Dtype scales);

  /** Writes them. */
  void write(CodedWeight weight, GroupedMatrix matrix, Dtype scales, TensorSink sink)
      throws FailureException;

  /** The section {@code quantization_config}, and files beside by name. */
  SequencedMap<String, ObjectNode> sections(Map<CodedWeight, Grid> grids, List<String> dense);
}
