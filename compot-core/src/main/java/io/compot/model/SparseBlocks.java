package io.compot.model;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which blocks of Qwen's models have experts: every {@code decoder_sparse_step}th but those that
 * {@code mlp_only_layers} names.
 *
 * @param step 1 for all
 * @param dense numbers of blocks without experts
 */
record SparseBlocks(int step, Set<Integer> dense) {

  private static final String STEP = "decoder_sparse_step";
  private static final String DENSE = "mlp_only_layers";

  static SparseBlocks read(ConfigFile config, int layers) throws InputException {
    return new SparseBlocks(
        config.optionalPositiveInt(STEP, Integer.MAX_VALUE).orElse(1),
        Set.copyOf(config.ints(DENSE, 0, layers - 1)));
  }

  boolean has(int layer) {
    return !dense.contains(layer) && (layer + 1) % step == 0;
  }

  /** Names the blocks without experts one by one: where they stand follows no step any more. */
  static void keepBlocks(ObjectNode fields, List<Integer> kept) {
    int step = fields.path(STEP).asInt(1);
    var without = new TreeSet<Integer>();
    fields.path(DENSE).forEach(layer -> without.add(layer.asInt()));
    ArrayNode left = fields.arrayNode();
    for (int i = 0; i < kept.size(); i++) {
      if (without.contains(kept.get(i)) || (kept.get(i) + 1) % step != 0) {
        left.add(i);
      }
    }
    fields.put("num_hidden_layers", kept.size());
    fields.put(STEP, 1);
    fields.set(DENSE, left);
  }
}
