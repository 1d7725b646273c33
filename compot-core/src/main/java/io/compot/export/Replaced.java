package io.compot.export;

import io.compot.model.Architecture;
import io.compot.model.TensorSpec;
import io.compot.model.WeightLayout;
import io.compot.safetensors.WeightSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A weight in whose place something packed stands.
 *
 * @param name without {@code .weight}
 * @param in input features, or the width of a table
 * @param out output features, or the rows of a table
 * @param layout of the dense weight in the checkpoint
 */
record Replaced(String name, long in, long out, WeightLayout layout) {

  /** Name of the dense weight. */
  String weight() {
    return name + ".weight";
  }

  /**
   * All that is packed, by the name of the dense weight: projections block by block, then tables.
   */
  static Map<String, Replaced> of(WeightSource source, Architecture architecture) {
    Map<String, Replaced> all = new LinkedHashMap<>();
    architecture
        .projections()
        .flatMap(input -> input.projections().stream())
        .forEach(each ->
            put(all, source, new Replaced(each.name(), each.in(), each.out(), each.layout())));
    for (TensorSpec table : architecture.tables()) {
      put(all, source, new Replaced(table.base(), table.in(), table.out(), table.layout()));
    }
    return all;
  }

  private static void put(Map<String, Replaced> all, WeightSource source, Replaced each) {
    if (source.packed().containsKey(each.name)) {
      all.put(each.weight(), each);
    }
  }
}
