package io.compot.benchmarks;

import java.util.Locale;

/** The sizes of a published model of the family {@code llama}. */
enum LlamaShape {
  /** Llama-3.2-1B. */
  LLAMA_32_1B("llama-3.2-1b", 16, 2048, 8192, 64, 32.0, true),
  /** Llama-3.1-8B. */
  LLAMA_31_8B("llama-3.1-8b", 32, 4096, 14336, 128, 8.0, false);

  static final long VOCABULARY = 128256;
  private static final int HEADS = 32;
  private static final int KEY_VALUE_HEADS = 8;

  private final String label;
  private final int blocks;
  private final long hidden;
  private final long inner;
  private final long headSize;
  private final double ropeFactor;
  private final boolean tied;

  LlamaShape(
      String label,
      int blocks,
      long hidden,
      long inner,
      long headSize,
      double ropeFactor,
      boolean tied) {
    this.label = label;
    this.blocks = blocks;
    this.hidden = hidden;
    this.inner = inner;
    this.headSize = headSize;
    this.ropeFactor = ropeFactor;
    this.tied = tied;
  }

  /** By the name on the command line. */
  static LlamaShape named(String name) {
    for (LlamaShape shape : values()) {
      if (shape.label.equals(name)) {
        return shape;
      }
    }
    throw new IllegalArgumentException("shape " + name + " is unknown");
  }

  int blocks() {
    return blocks;
  }

  long hidden() {
    return hidden;
  }

  long inner() {
    return inner;
  }

  long headSize() {
    return headSize;
  }

  long keyValueHeads() {
    return KEY_VALUE_HEADS;
  }

  /** Whether the embedding's table is the head's weight too. */
  boolean tied() {
    return tied;
  }

  /** The {@code config.json} of so many blocks. */
  String config(int count) {
    return """
    {
      "architectures": ["LlamaForCausalLM"],
      "attention_bias": false,
      "bos_token_id": 128000,
      "eos_token_id": 128001,
      "head_dim": %d,
      "hidden_act": "silu",
      "hidden_size": %d,
      "intermediate_size": %d,
      "max_position_embeddings": 131072,
      "mlp_bias": false,
      "model_type": "llama",
      "num_attention_heads": %d,
      "num_hidden_layers": %d,
      "num_key_value_heads": %d,
      "rms_norm_eps": 1e-05,
      "rope_scaling": {
        "factor": %s,
        "high_freq_factor": 4.0,
        "low_freq_factor": 1.0,
        "original_max_position_embeddings": 8192,
        "rope_type": "llama3"
      },
      "rope_theta": 500000.0,
      "tie_word_embeddings": %s,
      "torch_dtype": "bfloat16",
      "vocab_size": %d
    }
    """
        .formatted(
            headSize,
            hidden,
            inner,
            HEADS,
            count,
            KEY_VALUE_HEADS,
            String.format(Locale.ROOT, "%.1f", ropeFactor),
            tied,
            VOCABULARY);
  }
}
