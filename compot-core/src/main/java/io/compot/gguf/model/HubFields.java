package io.compot.gguf.model;

import io.compot.error.InputException;
import io.compot.error.Shown;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/**
 * What a Hugging Face configuration says, in any of its spellings, with what transformers takes
 * where it says nothing.
 *
 * @param file for messages
 * @param whole all of it
 */
record HubFields(Path file, JsonNode whole, GgufFamily family) {

  static final String OTHERWISE = "use --format dense";

  private static final String TEXT = "text_config";

  /** What it says of the language model. */
  JsonNode config() {
    return family.has(GgufFamily.Trait.SEES) ? whole.path(TEXT) : whole;
  }

  long layers() throws InputException {
    return whole("num_hidden_layers", "n_layer");
  }

  long hidden() throws InputException {
    return whole("hidden_size", "n_embd");
  }

  long heads() throws InputException {
    return whole("num_attention_heads", "n_head");
  }

  long kvHeads() throws InputException {
    long usual = family.usual().kvHeads();
    return config().path("num_key_value_heads").asLong(usual == 0 ? heads() : usual);
  }

  long headDim() throws InputException {
    long usual = family.usual().headDim();
    return config().path("head_dim").asLong(usual == 0 ? hidden() / heads() : usual);
  }

  long inner() throws InputException {
    JsonNode node = config().path(config().has("n_inner") ? "n_inner" : "intermediate_size");
    return family == GgufFamily.GPT2 && !node.isNumber()
        ? 4 * hidden()
        : whole("intermediate_size", "n_inner");
  }

  long context() {
    long own = config().path("n_positions").asLong(family.usual().context());
    return config().path("max_position_embeddings").asLong(own);
  }

  double eps() {
    double own = config().path("layer_norm_epsilon").asDouble(family.usual().eps());
    return config().path("rms_norm_eps").asDouble(own);
  }

  /** Tokens that the layers with a window see; {@code Long.MAX_VALUE} where all see everything. */
  long window() {
    JsonNode types = config().path("layer_types");
    boolean none = types.isArray() && !types.toString().contains("sliding_attention");
    boolean off =
        switch (family) {
          case MISTRAL, MIXTRAL, PHI3, GEMMA2, GEMMA3_TEXT -> false;
          case QWEN2, QWEN3, QWEN2_MOE, QWEN3_MOE, SMOLLM3 ->
              !config().path("use_sliding_window").asBoolean(false);
          default -> true;
        };
    boolean usual = family == GgufFamily.MISTRAL && !config().has("sliding_window");
    return none || off
        ? Long.MAX_VALUE
        : config().path("sliding_window").asLong(usual ? 4096 : Long.MAX_VALUE);
  }

  /** A field that has to be there. */
  long whole(String field, String other) throws InputException {
    JsonNode node = config().path(config().has(field) ? field : other);
    if (!node.canConvertToInt() || node.asLong() < 0) {
      throw refuse(field, "there is no such number", "complete the configuration");
    }
    return node.asLong();
  }

  /** Refuses a field that says something else than llama.cpp has built in. */
  void require(boolean same, String field, String builtIn) throws InputException {
    if (!same) {
      throw refuse(
          field,
          "found %s, but llama.cpp's %s has %s built in"
              .formatted(Shown.of(config().path(field).toString()), family.architecture(), builtIn),
          OTHERWISE);
    }
  }

  InputException refuse(String field, String problem, String advice) {
    String place = family.has(GgufFamily.Trait.SEES) ? TEXT + "." + field : field;
    return InputException.in(file, place, problem, advice);
  }
}
