package io.compot.model;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which layers see only the last tokens, as a config says. The families differ in which fields
 * decide; the rules are those of their configurations and models in transformers 5, against which a
 * test holds all combinations.
 */
final class SlidingWindow {

  static final String FULL = "full_attention";
  static final String SLIDING = "sliding_attention";

  /** The first is what some writers call the second. */
  private static final Set<String> KNOWN = Set.of("attention", FULL, SLIDING);

  private static final String TYPES = "layer_types";
  private static final String WINDOW = "sliding_window";
  private static final String SWITCH = "use_sliding_window";
  private static final String FIRST = "max_window_layers";

  /** Tokens a token sees, itself among them, where a window is used and none is given. */
  private static final int ABSENT = 4096;

  private SlidingWindow() {}

  /** All layers see everything, whatever windows the config names: Llama's rule. */
  static IntToLongFunction none(ConfigFile config) throws InputException {
    layerTypes(config);
    return layer -> CausalAttention.NO_WINDOW;
  }

  /** One window for all layers, none where the config names none: Mixtral's and Phi-3's rule. */
  static IntToLongFunction everywhere(ConfigFile config) throws InputException {
    long window =
        config.has(WINDOW)
            ? config.positiveInt(WINDOW, Integer.MAX_VALUE)
            : CausalAttention.NO_WINDOW;
    layerTypes(config);
    return layer -> window;
  }

  /**
   * The rule of Qwen2's mixtures of experts: a window is used only where {@code use_sliding_window}
   * is true, in the layers that {@code layer_types} calls sliding, or without that list in every
   * second of the first {@code max_window_layers} (28).
   */
  static IntToLongFunction qwen2Moe(ConfigFile config) throws InputException {
    config.refuseNull(SWITCH);
    config.refuseNull(FIRST);
    boolean used = config.flag(SWITCH, false);
    List<String> types = layerTypes(config);
    int most = config.optionalInt(FIRST, Integer.MIN_VALUE, Integer.MAX_VALUE).orElse(28);
    boolean slides = types.isEmpty() ? used && most > 0 : types.contains(SLIDING);
    if (slides && (!used || config.isNull(WINDOW))) {
      throw noWindow(config);
    }
    // Where none is used, transformers writes 0.
    long window =
        slides
            ? config.optionalPositiveInt(WINDOW, Integer.MAX_VALUE).orElse(ABSENT)
            : CausalAttention.NO_WINDOW;
    return layer -> {
      boolean sliding =
          types.isEmpty()
              ? used && layer % 2 == 0 && layer < most
              : types.get(layer).equals(SLIDING);
      return sliding ? window : CausalAttention.NO_WINDOW;
    };
  }

  /** Says of each layer that is left what it was. */
  static void keepQwen2Moe(ConfigFile config, ObjectNode fields, List<Integer> kept)
      throws InputException {
    keepAs(fields, kept, qwen2Moe(config));
  }

  /**
   * SmolLM3's rule: the layers that {@code layer_types} calls sliding, or without that list, where
   * {@code use_sliding_window} is true and there is a window, those that meet a condition.
   */
  static IntToLongFunction where(ConfigFile config, IntPredicate condition) throws InputException {
    config.refuseNull(SWITCH);
    List<String> types = layerTypes(config);
    if (types.contains(SLIDING) && !config.has(WINDOW)) {
      throw noWindow(config);
    }
    boolean used = config.flag(SWITCH, false) && config.has(WINDOW);
    long window = config.optionalPositiveInt(WINDOW, Integer.MAX_VALUE).orElse(Integer.MAX_VALUE);
    return layer -> {
      boolean sliding =
          types.isEmpty() ? used && condition.test(layer) : types.get(layer).equals(SLIDING);
      return sliding ? window : CausalAttention.NO_WINDOW;
    };
  }

  private static void keepAs(ObjectNode fields, List<Integer> kept, IntToLongFunction window) {
    ArrayNode left = fields.arrayNode();
    for (int layer : kept) {
      left.add(window.applyAsLong(layer) == CausalAttention.NO_WINDOW ? FULL : SLIDING);
    }
    fields.set(TYPES, left);
  }

  private static InputException noWindow(ConfigFile config) {
    return config.refuse(
        TYPES,
        "layers are " + SLIDING + ", but there is no window",
        "give use_sliding_window and sliding_window, or call them " + FULL);
  }

  /**
   * Mistral's rule: {@code sliding_window} holds for all layers; null means none, absent means the
   * 4096 of the first model. {@code layer_types} changes nothing.
   */
  static IntToLongFunction mistral(ConfigFile config) throws InputException {
    long window =
        config.isNull(WINDOW)
            ? CausalAttention.NO_WINDOW
            : config.optionalPositiveInt(WINDOW, Integer.MAX_VALUE).orElse(ABSENT);
    layerTypes(config);
    return layer -> window;
  }

  /**
   * The rule of Qwen2 and Qwen3: a window is used only where {@code use_sliding_window} is true, in
   * the layers that {@code layer_types} calls sliding, or without that list in those from {@code
   * max_window_layers} (28) on.
   *
   * @throws InputException where {@code layer_types} does not fit the layers, or asks for a window
   *     where there is none
   */
  static IntToLongFunction qwen(ConfigFile config) throws InputException {
    long window = switched(config);
    config.refuseNull(FIRST);
    int first = config.optionalInt(FIRST, 0, Integer.MAX_VALUE).orElse(28);
    List<String> types = layerTypes(config);
    if (types.isEmpty()) {
      return layer -> layer >= first ? window : CausalAttention.NO_WINDOW;
    }
    if (window == CausalAttention.NO_WINDOW && types.contains(SLIDING)) {
      throw config.refuse(
          TYPES,
          "it calls layers " + SLIDING + ", but there is no window",
          "give use_sliding_window and sliding_window, or call them " + FULL);
    }
    return layer -> types.get(layer).equals(SLIDING) ? window : CausalAttention.NO_WINDOW;
  }

  /**
   * The rule of Gemma 2 and 3: the layers that {@code layer_types} calls sliding, or without that
   * list all but every so many.
   *
   * @param every which layers see everything: 2 for every second
   * @throws InputException where {@code layer_types} does not fit the layers, or a layer is sliding
   *     and there is no window
   */
  static IntToLongFunction alternating(ConfigFile config, int every) throws InputException {
    List<String> types = layerTypes(config);
    boolean slides = types.isEmpty() ? every > 1 : types.contains(SLIDING);
    if (slides && config.isNull(WINDOW)) {
      throw config.refuse(
          WINDOW, "it is null, but layers are " + SLIDING, "give the tokens that they see");
    }
    long window = config.optionalPositiveInt(WINDOW, Integer.MAX_VALUE).orElse(ABSENT);
    return layer -> {
      boolean full = types.isEmpty() ? (layer + 1) % every == 0 : !types.get(layer).equals(SLIDING);
      return full ? CausalAttention.NO_WINDOW : window;
    };
  }

  /** Says of each layer that is left what it was. */
  static void keepAlternating(ObjectNode config, List<Integer> kept, int every) {
    ArrayNode left = config.arrayNode();
    for (int layer : kept) {
      String usual = (layer + 1) % every == 0 ? FULL : SLIDING;
      left.add(config.get(TYPES) instanceof ArrayNode types ? types.get(layer).asString() : usual);
    }
    config.set(TYPES, left);
  }

  /** Makes a config's fields about single layers say what holds of those that are left. */
  static void keepBlocks(ObjectNode config, List<Integer> kept) {
    if (config.get("layer_types") instanceof ArrayNode types) {
      ArrayNode left = config.arrayNode();
      kept.forEach(layer -> left.add(types.get(layer)));
      config.set("layer_types", left);
    }
  }

  /** The same of configs whose windows can be switched off. */
  static void keepSwitchable(ObjectNode config, List<Integer> kept, int first) {
    keepBlocks(config, kept);
    int whole = config.path("max_window_layers").asInt(first);
    config.put("max_window_layers", (int) kept.stream().filter(layer -> layer < whole).count());
  }

  /**
   * The rule of Qwen3's mixtures of experts: a window is used only where {@code use_sliding_window}
   * is true, and then in all layers; {@code max_window_layers} and {@code layer_types} change
   * nothing.
   */
  static IntToLongFunction qwenMoe(ConfigFile config) throws InputException {
    long window = switched(config);
    layerTypes(config);
    return layer -> window;
  }

  private static long switched(ConfigFile config) throws InputException {
    config.refuseNull(SWITCH);
    return config.flag(SWITCH, false) && !config.isNull(WINDOW)
        ? config.optionalPositiveInt(WINDOW, Integer.MAX_VALUE).orElse(ABSENT)
        : CausalAttention.NO_WINDOW;
  }

  /** One entry a layer; empty where there are none. */
  private static List<String> layerTypes(ConfigFile config) throws InputException {
    List<String> types = config.texts(TYPES);
    int layers = config.positiveInt("num_hidden_layers", Integer.MAX_VALUE);
    if (config.has(TYPES) && types.size() != layers) {
      throw config.refuse(
          TYPES,
          types.size() + " entries for num_hidden_layers " + layers,
          "give one entry a layer");
    }
    for (String type : types) {
      if (!KNOWN.contains(type)) {
        throw config.refuse(
            TYPES, "\"" + type + "\" is not known", "known are " + FULL + " and " + SLIDING);
      }
    }
    return types;
  }
}
