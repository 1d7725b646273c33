package io.compot.export.grouped;

import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.model.Projection;
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

  /** The type in which scales are stored. */
  Dtype scales(Dtype model);

  /**
   * Refuses a model that the layout has no place for.
   *
   * @param grids of the projections that are on one
   * @param dense names of the projections that are on none
   */
  void check(ConfigFile config, Map<Projection, Grid> grids, List<String> dense)
      throws InputException;

  /** The tensors of a projection. */
  List<TensorInfo> tensors(Projection projection, Grid grid, Dtype scales);

  /** Writes them. */
  void write(Projection projection, GroupedMatrix matrix, Dtype scales, TensorSink sink)
      throws FailureException;

  /** The section {@code quantization_config}, and files beside by name. */
  SequencedMap<String, ObjectNode> sections(Map<Projection, Grid> grids, List<String> dense);
}
