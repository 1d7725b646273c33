package io.compot.model;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.function.IntToLongFunction;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Which layers see only the last tokens, as a config says. */
final class SlidingWindow {

  private static final String FULL = "full_attention";
  private static final String SLIDING = "sliding_attention";

  private SlidingWindow() {}

  /** All layers see everything. */
  static IntToLongFunction none() {
    return layer -> CausalAttention.NO_WINDOW;
  }

  /**
   * The window of the layers that {@code layer_types} calls sliding; without that field, of all
   * layers from {@code first} on.
   *
   * @param window tokens a token sees, itself among them
   * @throws InputException where {@code layer_types} does not fit the layers
   */
  static IntToLongFunction of(ConfigFile config, long window, int first) throws InputException {
    List<String> types = config.texts("layer_types");
    if (types.isEmpty()) {
      return layer -> layer >= first ? window : CausalAttention.NO_WINDOW;
    }
    int layers = config.positiveInt("num_hidden_layers", Integer.MAX_VALUE);
    if (types.size() != layers) {
      throw config.refuse(
          "layer_types",
          types.size() + " entries for num_hidden_layers " + layers,
          "give one entry a layer");
    }
    for (String type : types) {
      if (!type.equals(FULL) && !type.equals(SLIDING)) {
        throw config.refuse(
            "layer_types",
            "\"" + type + "\" is not known",
            "known are " + FULL + " and " + SLIDING);
      }
    }
    return layer -> types.get(layer).equals(SLIDING) ? window : CausalAttention.NO_WINDOW;
  }

  /** Makes a config's fields about single layers say what holds of those that are left. */
  static void keepBlocks(ObjectNode config, List<Integer> kept) {
    if (config.get("layer_types") instanceof ArrayNode types) {
      ArrayNode left = config.arrayNode();
      kept.forEach(layer -> left.add(types.get(layer)));
      config.set("layer_types", left);
    }
  }

  /** The same of configs that {@link #switchable} reads. */
  static void keepSwitchable(ObjectNode config, List<Integer> kept, int first) {
    keepBlocks(config, kept);
    int whole = config.path("max_window_layers").asInt(first);
    config.put("max_window_layers", (int) kept.stream().filter(layer -> layer < whole).count());
  }

  /**
   * As Qwen configs say it: a window is used only where {@code use_sliding_window} is true.
   *
   * @param first default of {@code max_window_layers}
   */
  static IntToLongFunction switchable(ConfigFile config, int first) throws InputException {
    boolean used = config.flag("use_sliding_window", false);
    boolean absent = !config.has("sliding_window") && config.fields().contains("sliding_window");
    long window =
        used && !absent
            ? config.optionalPositiveInt("sliding_window", Integer.MAX_VALUE).orElse(4096)
            : CausalAttention.NO_WINDOW;
    return of(
        config,
        window,
        config.optionalInt("max_window_layers", 0, Integer.MAX_VALUE).orElse(first));
  }
}
