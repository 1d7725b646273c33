package io.compot.gguf.model;

import io.compot.error.InputException;
import io.compot.gguf.GgufValue;
import io.compot.gguf.ValueType;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/**
 * What single families say in keys of their own, and what llama.cpp has built in and no key says:
 * that has to be as the configuration has it.
 */
final class FamilyKeys {

  /** Every which layer sees everything, where no key says otherwise. */
  private static final int GEMMA2_PATTERN = 2;

  private static final int GEMMA3_PATTERN = 6;
  private static final int NOPE_STEP = 4;

  /** Blocks of the tower that the decoder is given more of, where the configuration is silent. */
  private static final int DEEPSTACK = 3;

  /** Layers of the models of 27 billion weights, by which llama.cpp knows their scale. */
  private static final Map<GgufFamily, Long> LARGEST =
      Map.of(GgufFamily.GEMMA2, 46L, GgufFamily.GEMMA3_TEXT, 62L);

  private FamilyKeys() {}

  /** Refuses what would compute something else there. */
  static void check(HubFields fields) throws InputException {
    JsonNode config = fields.config();
    GgufFamily family = fields.family();
    switch (family) {
      case GPT2 -> {
        activation(fields, "activation_function", "gelu_new");
        fields.require(
            !config.path("scale_attn_by_inverse_layer_idx").asBoolean(false),
            "scale_attn_by_inverse_layer_idx",
            "false");
        fields.require(
            config.path("scale_attn_weights").asBoolean(true), "scale_attn_weights", "true");
      }
      case GEMMA2, GEMMA3_TEXT -> {
        activation(fields, "hidden_activation", "gelu_pytorch_tanh");
        long scalar =
            fields.layers() == largest(family)
                ? fields.hidden() / fields.heads()
                : fields.headDim();
        fields.require(
            config.path("query_pre_attn_scalar").asDouble(256) == scalar,
            "query_pre_attn_scalar",
            Long.toString(scalar));
        fields.require(
            config.path("tie_word_embeddings").asBoolean(true), "tie_word_embeddings", "true");
        for (String cap : List.of("attn_logit_softcapping", "final_logit_softcapping")) {
          fields.require(
              family != GgufFamily.GEMMA2 || !config.path(cap).isNull(), cap, "a number");
        }
      }
      default -> activation(fields, "hidden_act", "silu");
    }
    switch (family) {
      case QWEN2, QWEN2_MOE, OLMO2, PHI3 ->
          fields.require(
              fields.heads() * fields.headDim() == fields.hidden(),
              "head_dim",
              "hidden_size / num_attention_heads");
      case SMOLLM3 -> {
        boolean usual = config.path("no_rope_layer_interval").asInt(NOPE_STEP) == NOPE_STEP;
        JsonNode rotated = config.path("no_rope_layers");
        for (int i = 0; rotated.isArray() && i < rotated.size(); i++) {
          usual = (rotated.get(i).asInt() == 0) == ((i + 1) % NOPE_STEP == 0);
          fields.require(usual, "no_rope_layers", "every fourth without positions");
        }
        fields.require(usual, "no_rope_layer_interval", Integer.toString(NOPE_STEP));
      }
      default -> {}
    }
    if (family == GgufFamily.QWEN2_MOE || family == GgufFamily.QWEN3_MOE) {
      fields.require(config.path("mlp_only_layers").isEmpty(), "mlp_only_layers", "none");
      fields.require(config.path("decoder_sparse_step").asInt(1) == 1, "decoder_sparse_step", "1");
      boolean normalised = family == GgufFamily.QWEN3_MOE;
      fields.require(
          config.path("norm_topk_prob").asBoolean(false) == normalised,
          "norm_topk_prob",
          Boolean.toString(normalised));
    }
  }

  /** How many layers the model has whose scores llama.cpp scales by width over heads. */
  static long largest(GgufFamily family) {
    return LARGEST.getOrDefault(family, 0L);
  }

  private static void activation(HubFields fields, String field, String expected)
      throws InputException {
    String found = fields.config().path(field).asString(expected);
    boolean same = found.equals(expected) || (expected.equals("silu") && found.equals("swish"));
    fields.require(same, field, expected);
  }

  /** The longest context; where llama.cpp has no window for the family, as long as that is. */
  static long context(HubFields fields) {
    boolean hasWindow =
        fields.family() == GgufFamily.GEMMA2 || fields.family() == GgufFamily.GEMMA3_TEXT;
    return hasWindow ? fields.context() : Math.min(fields.context(), fields.window());
  }

  /** Whether llama.cpp asks how many rows a head has. */
  static boolean hasOwnHeadDim(GgufFamily family) {
    return switch (family) {
      case QWEN2, QWEN2_MOE, OLMO2, PHI3, GPT2 -> false;
      default -> true;
    };
  }

  /** Keys of single families. */
  static void put(HubFields fields, String a, Map<String, GgufValue> keys) throws InputException {
    JsonNode config = fields.config();
    switch (fields.family()) {
      case GEMMA2 -> {
        keys.put(
            a + "attn_logit_softcapping",
            GgufValue.f32(config.path("attn_logit_softcapping").asDouble(50)));
        keys.put(
            a + "final_logit_softcapping",
            GgufValue.f32(config.path("final_logit_softcapping").asDouble(30)));
        window(fields, a, keys, GEMMA2_PATTERN, GEMMA2_PATTERN);
      }
      case GEMMA3_TEXT -> {
        if (config.path("final_logit_softcapping").isNumber()) {
          keys.put(
              a + "final_logit_softcapping",
              GgufValue.f32(config.path("final_logit_softcapping").asDouble()));
        }
        int pattern = config.path("sliding_window_pattern").asInt(GEMMA3_PATTERN);
        window(fields, a, keys, pattern, GEMMA3_PATTERN);
      }
      case GRANITE -> {
        scale(fields, "logits_scaling", a + "logit_scale", keys);
        scale(fields, "residual_multiplier", a + "residual_scale", keys);
        scale(fields, "embedding_multiplier", a + "embedding_scale", keys);
        scale(fields, "attention_multiplier", a + "attention.scale", keys);
      }
      case MIXTRAL, QWEN2_MOE, QWEN3_MOE -> {
        boolean local = config.has("num_local_experts");
        boolean other = fields.family() == GgufFamily.MIXTRAL && config.has("num_experts");
        String count = local && !other ? "num_local_experts" : "num_experts";
        keys.put(a + "expert_count", GgufValue.u32(fields.whole(count, count)));
        String used = "num_experts_per_tok";
        keys.put(a + "expert_used_count", GgufValue.u32(fields.whole(used, used)));
        length(fields, "moe_intermediate_size", a + "expert_feed_forward_length", keys);
        length(
            fields,
            "shared_expert_intermediate_size",
            a + "expert_shared_feed_forward_length",
            keys);
      }
      case QWEN3_VL -> {
        JsonNode taps = fields.whole().path("vision_config").path("deepstack_visual_indexes");
        keys.put(a + "n_deepstack_layers", GgufValue.u32(taps.isArray() ? taps.size() : DEEPSTACK));
      }
      default -> {}
    }
  }

  private static void scale(
      HubFields fields, String field, String key, Map<String, GgufValue> keys) {
    keys.put(key, GgufValue.f32((float) fields.config().path(field).asDouble(1)));
  }

  private static void length(
      HubFields fields, String field, String key, Map<String, GgufValue> keys)
      throws InputException {
    if (fields.config().has(field)) {
      keys.put(key, GgufValue.u32(fields.whole(field, field)));
    }
  }

  /** The window, and in which layers it is where that is not as llama.cpp has it built in. */
  private static void window(
      HubFields fields, String a, Map<String, GgufValue> keys, int pattern, int builtIn)
      throws InputException {
    JsonNode types = fields.config().path("layer_types");
    int layers = Math.toIntExact(fields.layers());
    List<Boolean> sliding =
        IntStream.range(0, layers)
            .mapToObj(i -> {
              JsonNode type = types.path(i);
              return type.isString()
                  ? type.stringValue().equals("sliding_attention")
                  : (i + 1) % pattern != 0;
            })
            .toList();
    if (!sliding.contains(true)) {
      return;
    }
    long usual = 4096;
    keys.put(
        a + "attention.sliding_window",
        GgufValue.u32(fields.config().path("sliding_window").asLong(usual)));
    boolean asBuiltIn =
        IntStream.range(0, layers).allMatch(i -> sliding.get(i) == ((i + 1) % builtIn != 0));
    if (!asBuiltIn) {
      keys.put(
          a + "attention.sliding_window_pattern",
          new GgufValue.Items(
              ValueType.BOOL, sliding.stream().<GgufValue>map(GgufValue.Flag::new).toList()));
    }
  }
}
