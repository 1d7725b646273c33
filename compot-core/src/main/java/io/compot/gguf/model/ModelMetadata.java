package io.compot.gguf.model;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.gguf.GgufValue;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;

/**
 * The metadata that llama.cpp asks of a model, from a Hugging Face configuration that has been read
 * and found sound.
 *
 * @param file for messages
 * @param config the whole {@code config.json}
 */
public record ModelMetadata(Path file, JsonNode config) {

  /** llama.cpp's architecture of each {@code model_type}. */
  private static final Map<String, String> ARCHITECTURES =
      Map.of("llama", "llama", "mistral", "llama", "qwen2", "qwen2", "qwen3", "qwen3");

  /** Defaults that transformers has for fields that a configuration may leave out. */
  private static final long QWEN3_HEAD_DIM = 128;

  private static final long LONGEST_CONTEXT = 2048;

  /**
   * The architecture's name in GGUF files.
   *
   * @throws InputException where llama.cpp has none that this model would run as
   */
  public String architecture() throws InputException {
    String type = config.path("model_type").asString("");
    String architecture = ARCHITECTURES.get(type);
    if (architecture == null) {
      throw refuse(
          "model_type",
          "\"" + Shown.of(type) + "\" models cannot be written as GGUF",
          "llama, mistral, qwen2 and qwen3 can; --format dense fits every family");
    }
    if (architecture.equals("qwen2") && heads() * headDim() != whole("hidden_size")) {
      throw refuse(
          "head_dim",
          "llama.cpp's qwen2 has heads of hidden_size / num_attention_heads rows only",
          "use --format dense");
    }
    return architecture;
  }

  /** How rows of queries and keys stand in the file, where it is not as they are. */
  public Optional<HeadRows> heads(String architecture) {
    return architecture.equals("llama") ? Optional.of(new HeadRows(headDim())) : Optional.empty();
  }

  /**
   * All keys that are not the tokenizer's.
   *
   * @param name of the model, for people
   * @param fileType llama.cpp's number of the mix of types
   * @param quantised whether any tensor is
   */
  public SequencedMap<String, GgufValue> keys(String name, int fileType, boolean quantised)
      throws InputException {
    String architecture = architecture();
    String a = architecture + ".";
    var keys = new LinkedHashMap<String, GgufValue>();
    keys.put("general.architecture", GgufValue.text(architecture));
    keys.put("general.type", GgufValue.text("model"));
    keys.put("general.name", GgufValue.text(name));
    keys.put(a + "block_count", GgufValue.u32(whole("num_hidden_layers")));
    keys.put(
        a + "context_length",
        GgufValue.u32(config.path("max_position_embeddings").asLong(LONGEST_CONTEXT)));
    keys.put(a + "embedding_length", GgufValue.u32(whole("hidden_size")));
    keys.put(a + "feed_forward_length", GgufValue.u32(whole("intermediate_size")));
    keys.put(a + "attention.head_count", GgufValue.u32(heads()));
    keys.put(
        a + "attention.head_count_kv",
        GgufValue.u32(config.path("num_key_value_heads").asLong(heads())));
    keys.put(a + "rope.freq_base", GgufValue.f32((float) theta()));
    keys.put(
        a + "attention.layer_norm_rms_epsilon",
        GgufValue.f32((float) config.path("rms_norm_eps").asDouble(1e-6)));
    if (!architecture.equals("qwen2")) {
      keys.put(a + "attention.key_length", GgufValue.u32(headDim()));
      keys.put(a + "attention.value_length", GgufValue.u32(headDim()));
    }
    if (architecture.equals("llama")) {
      keys.put(a + "vocab_size", GgufValue.u32(whole("vocab_size")));
      keys.put(a + "rope.dimension_count", GgufValue.u32(headDim()));
    }
    scaling(a, keys);
    keys.put("general.file_type", GgufValue.u32(fileType));
    if (quantised) {
      keys.put("general.quantization_version", GgufValue.u32(2));
    }
    return keys;
  }

  /**
   * What frequencies are divided by, where that is a tensor of its own ({@code rope_freqs.weight}).
   */
  public Optional<float[]> ropeDivisors() {
    JsonNode scaling = scalingFields();
    if (!scalingType().equals("llama3")) {
      return Optional.empty();
    }
    var rope =
        new LongRope(
            scaling.path("factor").asDouble(1),
            scaling.path("low_freq_factor").asDouble(1),
            scaling.path("high_freq_factor").asDouble(4),
            scaling.path("original_max_position_embeddings").asLong(LONGEST_CONTEXT));
    return Optional.of(rope.divisors(theta(), headDim()));
  }

  private void scaling(String a, Map<String, GgufValue> keys) throws InputException {
    JsonNode scaling = scalingFields();
    switch (scalingType()) {
      case "default", "llama3" -> {}
      case "linear", "yarn" -> {
        keys.put(a + "rope.scaling.type", GgufValue.text(scalingType()));
        keys.put(
            a + "rope.scaling.factor", GgufValue.f32((float) scaling.path("factor").asDouble(1)));
        if (scaling.has("original_max_position_embeddings")) {
          keys.put(
              a + "rope.scaling.original_context_length",
              GgufValue.u32(scaling.path("original_max_position_embeddings").asLong()));
        }
      }
      default ->
          throw refuse(
              "rope_scaling",
              "rotary scaling \"" + Shown.of(scalingType()) + "\" has no place in a GGUF file",
              "linear, yarn and llama3 have; use --format dense");
    }
  }

  private JsonNode scalingFields() {
    JsonNode parameters = config.path("rope_parameters");
    return parameters.isObject() ? parameters : config.path("rope_scaling");
  }

  private String scalingType() {
    JsonNode scaling = scalingFields();
    String old = scaling.path("type").asString("default");
    return scaling.path("rope_type").asString(old);
  }

  private double theta() {
    double outside = config.path("rope_theta").asDouble(10_000);
    return config.path("rope_parameters").path("rope_theta").asDouble(outside);
  }

  private long heads() {
    return config.path("num_attention_heads").asLong(1);
  }

  private long headDim() {
    long usual =
        config.path("model_type").asString("").equals("qwen3")
            ? QWEN3_HEAD_DIM
            : config.path("hidden_size").asLong() / heads();
    return config.path("head_dim").asLong(usual);
  }

  private long whole(String field) throws InputException {
    JsonNode node = config.path(field);
    if (!node.canConvertToInt()) {
      throw refuse(field, "there is no such number", "complete the configuration");
    }
    return node.asLong();
  }

  private InputException refuse(String field, String problem, String advice) {
    return InputException.in(file, field, problem, advice);
  }
}
