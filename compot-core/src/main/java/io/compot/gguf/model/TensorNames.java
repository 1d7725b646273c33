package io.compot.gguf.model;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of tensors in Hugging Face layout and in GGUF files, for decoders like Llama's. */
public final class TensorNames {

  /** Names that are not of a block. */
  private static final Map<String, String> OUTSIDE =
      Map.of(
          "model.embed_tokens.weight", "token_embd.weight",
          "model.norm.weight", "output_norm.weight",
          "lm_head.weight", "output.weight");

  /** What stands between a block's number and "weight" or "bias". */
  private static final Map<String, String> IN_BLOCK =
      Map.ofEntries(
          Map.entry("input_layernorm", "attn_norm"),
          Map.entry("self_attn.q_proj", "attn_q"),
          Map.entry("self_attn.k_proj", "attn_k"),
          Map.entry("self_attn.v_proj", "attn_v"),
          Map.entry("self_attn.o_proj", "attn_output"),
          Map.entry("self_attn.q_norm", "attn_q_norm"),
          Map.entry("self_attn.k_norm", "attn_k_norm"),
          Map.entry("post_attention_layernorm", "ffn_norm"),
          Map.entry("mlp.gate_proj", "ffn_gate"),
          Map.entry("mlp.up_proj", "ffn_up"),
          Map.entry("mlp.down_proj", "ffn_down"));

  private static final Pattern HUB =
      Pattern.compile("model\\.layers\\.(\\d{1,9})\\.(.+)\\.(weight|bias)");
  private static final Pattern GGUF = Pattern.compile("blk\\.(\\d{1,9})\\.(.+)\\.(weight|bias)");

  private static final Map<String, String> OUTSIDE_BACK = reversed(OUTSIDE);
  private static final Map<String, String> IN_BLOCK_BACK = reversed(IN_BLOCK);

  private TensorNames() {}

  /** The name in a GGUF file; empty where the format has none. */
  public static Optional<String> toGguf(String hub) {
    return renamed(hub, OUTSIDE, HUB, IN_BLOCK, "blk.%s.%s.%s");
  }

  /** The name in Hugging Face layout; empty where the family has none. */
  public static Optional<String> toHub(String gguf) {
    return renamed(gguf, OUTSIDE_BACK, GGUF, IN_BLOCK_BACK, "model.layers.%s.%s.%s");
  }

  private static Optional<String> renamed(
      String name,
      Map<String, String> whole,
      Pattern pattern,
      Map<String, String> parts,
      String as) {
    if (whole.containsKey(name)) {
      return Optional.ofNullable(whole.get(name));
    }
    Matcher matcher = pattern.matcher(name);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Optional.ofNullable(parts.get(matcher.group(2)))
        .map(part -> as.formatted(matcher.group(1), part, matcher.group(3)));
  }

  private static Map<String, String> reversed(Map<String, String> map) {
    var back = new HashMap<String, String>();
    map.forEach((key, value) -> back.put(value, key));
    return back;
  }
}
