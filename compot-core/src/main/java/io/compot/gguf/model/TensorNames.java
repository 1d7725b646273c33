package io.compot.gguf.model;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of a family's tensors in Hugging Face layout and in GGUF files. The weights of a
 * block's experts are one tensor there, expert after expert.
 */
public final class TensorNames {

  private static final Pattern BLOCK =
      Pattern.compile("(?:layers|h)\\.(\\d{1,9})\\.(.+)\\.(weight|bias)");
  private static final Pattern EXPERT = Pattern.compile("(.+\\.experts)\\.(\\d{1,6})\\.(.+)");
  private static final Pattern GGUF = Pattern.compile("blk\\.(\\d{1,9})\\.(.+)\\.(weight|bias)");

  private static final Set<String> INPUT_BIASES = Set.of("attn_q", "attn_k", "attn_v");
  private static final Set<String> ALL_BIASES =
      Set.of("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down");

  /** Llama's, with biases wherever llama.cpp looks for them. */
  static final TensorNames LLAMA = llama(ALL_BIASES, "post_attention_layernorm", "ffn_norm");

  /** Qwen's dense models, and what else has biases of queries, keys and values alone. */
  static final TensorNames QWEN = llama(INPUT_BIASES, "post_attention_layernorm", "ffn_norm");

  /** Norms behind both parts of a block. */
  static final TensorNames BEHIND =
      llama(INPUT_BIASES, "post_attention_layernorm", "post_attention_norm")
          .with("post_feedforward_layernorm", "post_ffw_norm")
          .without("input_layernorm");

  /** Norms around both parts of a block, and an output matrix that is the embedding. */
  static final TensorNames AROUND =
      llama(INPUT_BIASES, "pre_feedforward_layernorm", "ffn_norm")
          .with("post_attention_layernorm", "post_attention_norm")
          .with("post_feedforward_layernorm", "post_ffw_norm");

  /** Joined projections. */
  static final TensorNames JOINED =
      llama(Set.of(), "post_attention_layernorm", "ffn_norm")
          .with("self_attn.qkv_proj", "attn_qkv")
          .with("mlp.gate_up_proj", "ffn_up")
          .without("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
          .without("mlp.gate_proj", "mlp.up_proj");

  static final TensorNames MIXTRAL =
      llama(ALL_BIASES, "post_attention_layernorm", "ffn_norm")
          .without("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")
          .with("block_sparse_moe.gate", "ffn_gate_inp")
          .with("block_sparse_moe.experts.*.w1", "ffn_gate_exps")
          .with("block_sparse_moe.experts.*.w2", "ffn_down_exps")
          .with("block_sparse_moe.experts.*.w3", "ffn_up_exps");

  static final TensorNames QWEN_EXPERTS =
      llama(INPUT_BIASES, "post_attention_layernorm", "ffn_norm")
          .without("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")
          .with("mlp.gate", "ffn_gate_inp")
          .with("mlp.experts.*.gate_proj", "ffn_gate_exps")
          .with("mlp.experts.*.up_proj", "ffn_up_exps")
          .with("mlp.experts.*.down_proj", "ffn_down_exps")
          .with("mlp.shared_expert_gate", "ffn_gate_inp_shexp")
          .with("mlp.shared_expert.gate_proj", "ffn_gate_shexp")
          .with("mlp.shared_expert.up_proj", "ffn_up_shexp")
          .with("mlp.shared_expert.down_proj", "ffn_down_shexp");

  static final TensorNames GPT2 =
      new TensorNames(
          "transformer.",
          "h.",
          Map.of(
              "wte.weight", "token_embd.weight",
              "wpe.weight", "position_embd.weight",
              "ln_f.weight", "output_norm.weight",
              "ln_f.bias", "output_norm.bias",
              "lm_head.weight", "output.weight"),
          Map.of(
              "ln_1", "attn_norm",
              "attn.c_attn", "attn_qkv",
              "attn.c_proj", "attn_output",
              "ln_2", "ffn_norm",
              "mlp.c_fc", "ffn_up",
              "mlp.c_proj", "ffn_down"),
          Set.of("attn_norm", "attn_qkv", "attn_output", "ffn_norm", "ffn_up", "ffn_down"));

  private final String stem;
  private final String blocks;
  private final Map<String, String> outside;
  private final Map<String, String> parts;
  private final Set<String> biased;
  private final Map<String, String> outsideBack;
  private final Map<String, String> partsBack;

  private TensorNames(
      String stem,
      String blocks,
      Map<String, String> outside,
      Map<String, String> parts,
      Collection<String> biased) {
    this.stem = stem;
    this.blocks = blocks;
    this.outside = Map.copyOf(outside);
    this.parts = Map.copyOf(parts);
    this.biased = Set.copyOf(biased);
    this.outsideBack = reversed(outside);
    this.partsBack = reversed(parts);
  }

  /**
   * Where a tensor is in a file.
   *
   * @param name of the tensor there
   * @param expert the number of its part, where it is one of several
   */
  public record Place(String name, OptionalInt expert) {}

  /** Where a tensor of Hugging Face's name is; empty where the architecture has no place for it. */
  public Optional<Place> toGguf(String hub) {
    String name = hub.startsWith(stem) ? hub.substring(stem.length()) : hub;
    if (outside.containsKey(name)) {
      return Optional.ofNullable(outside.get(name)).map(at -> new Place(at, OptionalInt.empty()));
    }
    Matcher block = BLOCK.matcher(name);
    if (!name.startsWith(blocks) || !block.matches()) {
      return Optional.empty();
    }
    Matcher expert = EXPERT.matcher(block.group(2));
    boolean stacked = expert.matches();
    String part = stacked ? expert.group(1) + ".*." + expert.group(3) : block.group(2);
    String there = parts.get(part);
    if (there == null || (block.group(3).equals("bias") && !biased.contains(there))) {
      return Optional.empty();
    }
    return Optional.of(
        new Place(
            "blk.%s.%s.%s".formatted(block.group(1), there, block.group(3)),
            stacked ? OptionalInt.of(Integer.parseInt(expert.group(2))) : OptionalInt.empty()));
  }

  /**
   * Hugging Face's name of a tensor in a file, with {@code *} for the number of an expert; empty
   * where the family has none.
   */
  public Optional<String> toHub(String gguf) {
    String whole = outsideBack.get(gguf);
    if (whole != null) {
      return Optional.of(whole.startsWith("lm_head") ? whole : stem + whole);
    }
    Matcher matcher = GGUF.matcher(gguf);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Optional.ofNullable(partsBack.get(matcher.group(2)))
        .map(part -> stem + blocks + matcher.group(1) + "." + part + "." + matcher.group(3));
  }

  private static TensorNames llama(Set<String> biased, String secondNorm, String as) {
    return new TensorNames(
        "model.",
        "layers.",
        Map.of(
            "embed_tokens.weight", "token_embd.weight",
            "norm.weight", "output_norm.weight",
            "lm_head.weight", "output.weight"),
        Map.ofEntries(
            Map.entry("input_layernorm", "attn_norm"),
            Map.entry("self_attn.q_proj", "attn_q"),
            Map.entry("self_attn.k_proj", "attn_k"),
            Map.entry("self_attn.v_proj", "attn_v"),
            Map.entry("self_attn.o_proj", "attn_output"),
            Map.entry("self_attn.q_norm", "attn_q_norm"),
            Map.entry("self_attn.k_norm", "attn_k_norm"),
            Map.entry(secondNorm, as),
            Map.entry("mlp.gate_proj", "ffn_gate"),
            Map.entry("mlp.up_proj", "ffn_up"),
            Map.entry("mlp.down_proj", "ffn_down")),
        biased);
  }

  /** The same in a checkpoint that has it all under another name. */
  TensorNames under(String otherStem) {
    return new TensorNames(otherStem, blocks, outside, parts, biased);
  }

  private TensorNames with(String hub, String gguf) {
    var more = new LinkedHashMap<String, String>(parts);
    more.put(hub, gguf);
    return new TensorNames(stem, blocks, outside, more, biased);
  }

  private TensorNames without(String... hub) {
    var less = new LinkedHashMap<String, String>(parts);
    Set.of(hub).forEach(less::remove);
    return new TensorNames(stem, blocks, outside, less, biased);
  }

  private static Map<String, String> reversed(Map<String, String> map) {
    var back = new HashMap<String, String>();
    map.forEach((key, value) -> back.put(value, key));
    return Map.copyOf(back);
  }
}
