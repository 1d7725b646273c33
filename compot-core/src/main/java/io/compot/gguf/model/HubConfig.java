package io.compot.gguf.model;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.gguf.GgufFile;
import io.compot.gguf.GgufTensor;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The {@code config.json} that a GGUF file's metadata amounts to. */
public final class HubConfig {

  private static final String ARCHITECTURE = "general.architecture";

  private HubConfig() {}

  /**
   * The family that a file's model is of.
   *
   * @throws InputException where it is none that is read
   */
  public static GgufFamily family(GgufFile file) throws InputException {
    var keys = new Metadata(file.file(), file.metadata());
    String architecture = keys.text(ARCHITECTURE);
    boolean experts = keys.optionalWhole(architecture + ".expert_count", 0).orElse(0) > 0;
    return GgufFamily.reading(architecture, experts)
        .orElseThrow(() ->
            keys.refuse(
                ARCHITECTURE,
                "\""
                    + Shown.of(architecture)
                    + "\" models"
                    + (experts ? " with experts" : "")
                    + " are not read from GGUF files",
                "read are " + GgufFamily.all() + "; use the original model's folder for others"));
  }

  /**
   * The fields of the configuration.
   *
   * @param rotary numbers about positions that are tensors, by their names
   * @throws InputException where a key is missing or makes no sense
   */
  public static ObjectNode of(GgufFile file, GgufFamily family, Map<String, float[]> rotary)
      throws InputException {
    var keys = new Metadata(file.file(), file.metadata());
    String a = keys.text(ARCHITECTURE) + ".";
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.putArray("architectures").add(family.transformersClass());
    config.put("model_type", family.modelType());
    long hidden = keys.whole(a + "embedding_length", 1);
    long heads = keys.whole(a + "attention.head_count", 1);
    config.put("hidden_size", hidden);
    config.put("num_hidden_layers", keys.whole(a + "block_count", 1));
    config.put("intermediate_size", keys.optionalWhole(a + "feed_forward_length", 1).orElse(1));
    config.put("num_attention_heads", heads);
    config.put(
        "num_key_value_heads", keys.optionalWhole(a + "attention.head_count_kv", 1).orElse(heads));
    long headDim =
        keys.optionalWhole(a + "attention.key_length", 1).orElse(Math.max(1, hidden / heads));
    config.put("head_dim", headDim);
    config.put("max_position_embeddings", keys.whole(a + "context_length", 1));
    Optional<GgufTensor> table = file.find("token_embd.weight");
    if (table.isEmpty() || table.get().shape().size() != 2) {
      throw keys.refuse(
          "token_embd.weight", "there is no such matrix", "the file is incomplete: fetch it again");
    }
    config.put("vocab_size", table.get().rows());
    config.put("tie_word_embeddings", file.find("output.weight").isEmpty());
    if (family != GgufFamily.QWEN2) {
      config.put("attention_bias", file.find("blk.0.attn_q.bias").isPresent());
    }
    FamilyFields.put(keys, family, a, file, config);
    if (family != GgufFamily.GPT2) {
      config.put("rms_norm_eps", keys.positive(a + "attention.layer_norm_rms_epsilon"));
      rope(keys, family, a, headDim, rotary, config);
    }
    token(keys, "tokenizer.ggml.bos_token_id", "bos_token_id", config);
    token(keys, "tokenizer.ggml.eos_token_id", "eos_token_id", config);
    token(keys, "tokenizer.ggml.padding_token_id", "pad_token_id", config);
    config.put("torch_dtype", "float32");
    return config;
  }

  private static void token(Metadata keys, String key, String field, ObjectNode config)
      throws InputException {
    OptionalLong id = keys.optionalWhole(key, 0);
    if (id.isPresent()) {
      config.put(field, id.getAsLong());
    }
  }

  private static void rope(
      Metadata keys,
      GgufFamily family,
      String a,
      long headDim,
      Map<String, float[]> rotary,
      ObjectNode config)
      throws InputException {
    double theta = keys.optionalPositive(a + "rope.freq_base").orElse(10_000);
    long rotated = keys.optionalWhole(a + "rope.dimension_count", 1).orElse(headDim);
    if (rotated != headDim && family != GgufFamily.PHI3) {
      throw keys.refuse(
          a + "rope.dimension_count",
          "%d of %d elements of each head are rotated".formatted(rotated, headDim),
          "use a model that rotates whole heads");
    }
    if (family == GgufFamily.GEMMA3_TEXT) {
      ObjectNode all = config.putObject("rope_parameters");
      all.putObject("sliding_attention")
          .put("rope_type", "default")
          .put("rope_theta", keys.optionalPositive(a + "rope.freq_base_swa").orElse(10_000));
      ObjectNode full = all.putObject("full_attention");
      full.put("rope_type", "default").put("rope_theta", theta);
      scaling(keys, a).ifPresent(full::setAll);
      return;
    }
    config.put("rope_theta", theta);
    if (rotated != headDim) {
      config.put("partial_rotary_factor", (double) rotated / headDim);
    }
    if (rotary.containsKey(RotaryKeys.DIVISORS)) {
      float[] divisors = Objects.requireNonNull(rotary.get(RotaryKeys.DIVISORS));
      config.set("rope_scaling", LongRope.of(keys, divisors, theta, headDim).fields());
    } else if (rotary.containsKey(RotaryKeys.LONG)) {
      ObjectNode scaling = config.putObject("rope_scaling");
      scaling.put("rope_type", "longrope");
      numbers(scaling.putArray("long_factor"), rotary.get(RotaryKeys.LONG));
      numbers(scaling.putArray("short_factor"), rotary.get(RotaryKeys.SHORT));
      keys.optionalPositive(a + "rope.scaling.attn_factor")
          .ifPresent(factor -> scaling.put("attention_factor", factor));
      String trained = a + "rope.scaling.original_context_length";
      config.put("original_max_position_embeddings", keys.whole(trained, 1));
    } else {
      scaling(keys, a).ifPresent(scaling -> config.set("rope_scaling", scaling));
    }
  }

  private static void numbers(ArrayNode list, float @Nullable [] numbers) {
    for (float number : numbers == null ? new float[0] : numbers) {
      list.add(number);
    }
  }

  private static Optional<ObjectNode> scaling(Metadata keys, String a) throws InputException {
    String typeKey = a + "rope.scaling.type";
    String type = keys.optionalText(typeKey).orElse("none");
    if (type.equals("none")) {
      return Optional.empty();
    }
    if (!type.equals("linear") && !type.equals("yarn")) {
      throw keys.refuse(
          typeKey,
          "\"" + Shown.of(type) + "\" is not read",
          "read are none, linear, yarn, llama3 and longrope");
    }
    ObjectNode scaling = JsonNodeFactory.instance.objectNode();
    scaling.put("rope_type", type);
    scaling.put("factor", keys.optionalPositive(a + "rope.scaling.factor").orElse(1));
    OptionalLong trained = keys.optionalWhole(a + "rope.scaling.original_context_length", 1);
    if (trained.isPresent()) {
      scaling.put("original_max_position_embeddings", trained.getAsLong());
    }
    return Optional.of(scaling);
  }
}
