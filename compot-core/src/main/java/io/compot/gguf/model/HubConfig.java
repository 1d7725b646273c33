package io.compot.gguf.model;

import io.compot.error.InputException;
import io.compot.gguf.GgufFile;
import io.compot.gguf.GgufTensor;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The {@code config.json} that a GGUF file's metadata amounts to. */
public final class HubConfig {

  /** Architectures that are read, and the {@code model_type} of each. */
  private static final Map<String, String> FAMILIES =
      Map.of("llama", "llama", "qwen2", "qwen2", "qwen3", "qwen3");

  private static final Map<String, String> CLASSES =
      Map.of("llama", "LlamaForCausalLM", "qwen2", "Qwen2ForCausalLM", "qwen3", "Qwen3ForCausalLM");

  private HubConfig() {}

  /**
   * The fields of the configuration.
   *
   * @param ropeDivisors the numbers of {@code rope_freqs.weight}, where the file has it
   * @throws InputException where the architecture is none that is read, or a key is missing or
   *     makes no sense
   */
  public static ObjectNode of(GgufFile file, Optional<float[]> ropeDivisors) throws InputException {
    var keys = new Metadata(file.file(), file.metadata());
    String architecture = keys.text("general.architecture");
    String family = FAMILIES.get(architecture);
    if (family == null || keys.has(architecture + ".expert_count")) {
      throw keys.refuse(
          "general.architecture",
          "\""
              + architecture
              + "\" models"
              + (family == null ? "" : " with experts")
              + " are not read from GGUF files",
          "read are llama and mistral, qwen2 and qwen3; use the original model's folder for others");
    }
    String a = architecture + ".";
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.putArray("architectures").add(CLASSES.get(family));
    config.put("model_type", family);
    long hidden = keys.whole(a + "embedding_length", 1);
    long heads = keys.whole(a + "attention.head_count", 1);
    config.put("hidden_size", hidden);
    config.put("num_hidden_layers", keys.whole(a + "block_count", 1));
    config.put("intermediate_size", keys.whole(a + "feed_forward_length", 1));
    config.put("num_attention_heads", heads);
    config.put(
        "num_key_value_heads", keys.optionalWhole(a + "attention.head_count_kv", 1).orElse(heads));
    long headDim =
        keys.optionalWhole(a + "attention.key_length", 1).orElse(Math.max(1, hidden / heads));
    config.put("head_dim", headDim);
    OptionalLong rotated = keys.optionalWhole(a + "rope.dimension_count", 1);
    if (rotated.isPresent() && rotated.getAsLong() != headDim) {
      throw keys.refuse(
          a + "rope.dimension_count",
          "%d of %d elements of each head are rotated".formatted(rotated.getAsLong(), headDim),
          "use a model that rotates whole heads");
    }
    config.put("max_position_embeddings", keys.whole(a + "context_length", 1));
    config.put("rms_norm_eps", keys.positive(a + "attention.layer_norm_rms_epsilon"));
    config.put("hidden_act", "silu");
    double theta = keys.optionalPositive(a + "rope.freq_base").orElse(10_000);
    config.put("rope_theta", theta);
    rope(keys, a, theta, headDim, ropeDivisors, config);
    Optional<GgufTensor> table = file.find("token_embd.weight");
    if (table.isEmpty() || table.get().shape().size() != 2) {
      throw keys.refuse(
          "token_embd.weight", "there is no such matrix", "the file is incomplete: fetch it again");
    }
    config.put("vocab_size", table.get().rows());
    config.put("tie_word_embeddings", file.find("output.weight").isEmpty());
    if (!family.equals("qwen2")) {
      config.put("attention_bias", file.find("blk.0.attn_q.bias").isPresent());
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
      String a,
      double theta,
      long headDim,
      Optional<float[]> divisors,
      ObjectNode config)
      throws InputException {
    String typeKey = a + "rope.scaling.type";
    String type = keys.optionalText(typeKey).orElse("none");
    if (divisors.isPresent()) {
      config.set("rope_scaling", LongRope.of(keys, divisors.get(), theta, headDim).fields());
      return;
    }
    OptionalDouble factor = keys.optionalPositive(a + "rope.scaling.factor");
    OptionalLong trained = keys.optionalWhole(a + "rope.scaling.original_context_length", 1);
    switch (type) {
      case "none" -> {}
      case "linear", "yarn" -> {
        ObjectNode scaling = config.putObject("rope_scaling");
        scaling.put("rope_type", type);
        scaling.put("factor", factor.orElse(1));
        if (trained.isPresent()) {
          scaling.put("original_max_position_embeddings", trained.getAsLong());
        }
      }
      default ->
          throw keys.refuse(
              typeKey, "\"" + type + "\" is not read", "read are none, linear, yarn and llama3");
    }
  }
}
