package io.compot.gguf.model;

import io.compot.error.InputException;
import io.compot.gguf.GgufFile;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What single families' configurations say more than others, from a file's metadata. */
final class FamilyFields {

  private FamilyFields() {}

  static void put(Metadata keys, GgufFamily family, String a, GgufFile file, ObjectNode config)
      throws InputException {
    switch (family) {
      case GPT2 -> {
        config.put("activation_function", "gelu_new");
        config.put("n_inner", keys.whole(a + "feed_forward_length", 1));
        config.put("layer_norm_epsilon", keys.positive(a + "attention.layer_norm_epsilon"));
      }
      case GEMMA2, GEMMA3_TEXT -> gemma(keys, family, a, config);
      case GRANITE -> {
        config.put("hidden_act", "silu");
        config.put("mlp_bias", file.find("blk.0.ffn_up.bias").isPresent());
        config.put("logits_scaling", keys.positive(a + "logit_scale"));
        scale(keys, a + "residual_scale", "residual_multiplier", config);
        scale(keys, a + "embedding_scale", "embedding_multiplier", config);
        long headDim = config.path("head_dim").asLong();
        double usual = 1 / Math.sqrt((double) headDim);
        config.put(
            "attention_multiplier", keys.optionalPositive(a + "attention.scale").orElse(usual));
      }
      case SMOLLM3 -> config.put("hidden_act", "silu").put("no_rope_layer_interval", 4);
      case MIXTRAL -> {
        config.put("hidden_act", "silu").putNull("sliding_window");
        config.put("num_local_experts", keys.whole(a + "expert_count", 1));
        config.put("num_experts_per_tok", keys.whole(a + "expert_used_count", 1));
      }
      case QWEN2_MOE, QWEN3_MOE -> {
        config.put("hidden_act", "silu");
        config.put("num_experts", keys.whole(a + "expert_count", 1));
        long used = keys.whole(a + "expert_used_count", 1);
        config.put("num_experts_per_tok", used);
        config.put("norm_topk_prob", family == GgufFamily.QWEN3_MOE);
        config.put("decoder_sparse_step", 1);
        long inner = config.path("intermediate_size").asLong();
        config.put(
            "moe_intermediate_size",
            keys.optionalWhole(a + "expert_feed_forward_length", 1).orElse(inner / used));
        if (family == GgufFamily.QWEN2_MOE) {
          config.put("qkv_bias", file.find("blk.0.attn_q.bias").isPresent());
          config.put(
              "shared_expert_intermediate_size",
              keys.optionalWhole(a + "expert_shared_feed_forward_length", 1).orElse(inner));
        }
      }
      default -> {
        config.put("hidden_act", "silu");
        if (family == GgufFamily.LLAMA && file.find("blk.0.ffn_up.bias").isPresent()) {
          config.put("mlp_bias", true);
        }
      }
    }
  }

  private static void gemma(Metadata keys, GgufFamily family, String a, ObjectNode config)
      throws InputException {
    config.put("hidden_activation", "gelu_pytorch_tanh");
    int layers = config.path("num_hidden_layers").asInt();
    boolean second = family == GgufFamily.GEMMA2;
    long headDim = config.path("head_dim").asLong();
    boolean largest = layers == FamilyKeys.largest(family);
    config.put(
        "query_pre_attn_scalar",
        largest
            ? config.path("hidden_size").asLong() / config.path("num_attention_heads").asLong()
            : headDim);
    OptionalDouble cap = keys.optionalPositive(a + "final_logit_softcapping");
    if (second || cap.isPresent()) {
      config.put("final_logit_softcapping", cap.orElse(30));
    }
    if (second) {
      config.put(
          "attn_logit_softcapping", keys.optionalPositive(a + "attn_logit_softcapping").orElse(50));
    }
    String windowKey = a + "attention.sliding_window";
    OptionalLong window = keys.optionalWhole(windowKey, 1);
    List<Boolean> sliding =
        second || window.isPresent()
            ? keys.pattern(a + "attention.sliding_window_pattern", second ? 2 : 6, layers)
            : List.of();
    config.put("sliding_window", window.orElse(4096));
    ArrayNode types = config.putArray("layer_types");
    for (int i = 0; i < layers; i++) {
      types.add(!sliding.isEmpty() && sliding.get(i) ? "sliding_attention" : "full_attention");
    }
  }

  private static void scale(Metadata keys, String key, String field, ObjectNode config)
      throws InputException {
    config.put(field, keys.optionalPositive(key).orElse(1));
  }
}
