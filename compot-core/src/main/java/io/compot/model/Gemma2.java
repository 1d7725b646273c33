package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gemma 2 (arXiv 2408.00118): norms around both parts of a block, capped scores and logits, a
 * window in every second layer.
 */
final class Gemma2 implements Family {

  private static final int EVERY = 2;

  @Override
  public String modelType() {
    return "gemma2";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    var traits =
        traits(modelType(), config)
            .withDefaults(4, 256, 8192)
            .withWindow(SlidingWindow.alternating(config, EVERY))
            .withScores(scale(config), cap(config, "attn_logit_softcapping", 50))
            .withLogits(1, cap(config, "final_logit_softcapping", 30));
    return GatedDecoder.read(checkpoint, traits).architecture(false);
  }

  @Override
  public void keepBlocks(ConfigFile config, ObjectNode fields, List<Integer> kept) {
    fields.put("num_hidden_layers", kept.size());
    SlidingWindow.keepAlternating(fields, kept, EVERY);
  }

  /** What Gemma 2 and 3 have in common. */
  static Traits traits(String family, ConfigFile config) throws InputException {
    if (config.flag("use_bidirectional_attention", false)) {
      throw config.refuse(
          "use_bidirectional_attention",
          "a model whose tokens see those behind them generates no text",
          "use a checkpoint of a language model");
    }
    config.refuseNull("num_key_value_heads");
    boolean bias = config.flag("attention_bias", false);
    int hidden = config.positiveInt("hidden_size", Integer.MAX_VALUE);
    return Traits.llama(family)
        .withTiedTables()
        .withActivation("hidden_activation", "gelu_pytorch_tanh")
        .withInputBias(bias)
        .withOutputBias(bias)
        .withOffsetNorms()
        .withNorms(Traits.Norms.AROUND)
        .withEmbeddingScale(Math.sqrt(hidden));
  }

  /** What products of queries and keys are multiplied by. */
  static double scale(ConfigFile config) throws InputException {
    return 1 / Math.sqrt(config.optionalPositive("query_pre_attn_scalar").orElse(256));
  }

  /** A cap; null means none. */
  static double cap(ConfigFile config, String field, double absent) throws InputException {
    return config.isNull(field) ? 0 : config.optionalPositive(field).orElse(absent);
  }
}
