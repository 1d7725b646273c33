package io.compot.export.grouped;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What mlx-lm makes of a configuration. It leaves out what it does not know and has other defaults
 * than transformers, so all that a model needs is said, and what it would pass over is refused.
 */
record MlxConfig(ConfigFile config) {

  private static final String ADVICE =
      "--format dense fits every family, gguf and compressed-tensors fit most";
  private static final String ROTARY = "rope_parameters";

  /** Families whose modules there have Hugging Face's names, by the usual base of their angles. */
  private static final Map<String, Double> FAMILIES =
      Map.of(
          "llama", 1e4, "mistral", 1e4, "qwen2", 1e4, "qwen3", 1e4, "olmo2", 1e4, "granite", 1e4);

  private static final Set<String> SCALINGS = Set.of("default", "linear", "llama3", "yarn");

  /** Puts what mlx-lm reads into a copy of the configuration. */
  void put(boolean ownHead, ObjectNode into) throws InputException {
    String family = config.text("model_type");
    Double usual = FAMILIES.get(family);
    if (usual == null) {
      throw config.refuse(
          "model_type",
          "\"%s\" models cannot be written for MLX".formatted(family),
          "%s can; %s"
              .formatted(String.join(", ", FAMILIES.keySet().stream().sorted().toList()), ADVICE));
    }
    if (into.path("compression").has("widths")) {
      throw config.refuse(
          "compression.widths", "blocks of different widths have no place in MLX", ADVICE);
    }
    windows(family, into);
    into.put("tie_word_embeddings", !ownHead);
    Optional<ConfigFile> nested = config.optionalObject(ROTARY);
    rotary(nested, usual, into);
  }

  private void rotary(Optional<ConfigFile> nested, double usual, ObjectNode into)
      throws InputException {
    double theta = config.optionalPositive("rope_theta").orElse(usual);
    JsonNode scaling = into.path("rope_scaling");
    if (nested.isPresent()) {
      theta = nested.get().optionalPositive("rope_theta").orElse(theta);
      scaling = nested.get().tree();
      into.set("rope_scaling", scaling);
    }
    into.put("rope_theta", theta);
    if (scaling.isObject()) {
      String type = scaling.path("rope_type").asString(scaling.path("type").asString("default"));
      if (!SCALINGS.contains(type)) {
        throw config.refuse(
            nested.isPresent() ? ROTARY : "rope_scaling",
            "angles of type \"%s\" have no place in MLX".formatted(type),
            ADVICE);
      }
    }
  }

  /** mlx-lm has windows by the types of layers, which mistral does not say. */
  private void windows(String family, ObjectNode into) throws InputException {
    boolean window = into.path("sliding_window").isNumber();
    boolean used = !family.startsWith("qwen") || config.flag("use_sliding_window", false);
    if (!window || !used) {
      return;
    }
    if (!family.equals("mistral")) {
      throw config.refuse(
          "sliding_window", "mlx-lm has no window for " + family + " models", ADVICE);
    }
    var types = into.putArray("layer_types");
    for (int i = 0; i < config.positiveInt("num_hidden_layers", 1 << 16); i++) {
      types.add("sliding_attention");
    }
  }
}
