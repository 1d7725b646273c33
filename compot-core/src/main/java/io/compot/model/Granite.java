package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;

/** Granite 3 (arXiv 2408.13359 has its multipliers): Llama with four numbers of its own. */
final class Granite implements Family {

  @Override
  public String modelType() {
    return "granite";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    boolean bias = config.flag("attention_bias", false);
    var traits =
        Traits.llama(modelType())
            .withInputBias(bias)
            .withOutputBias(bias)
            .withEmbeddingScale(multiplier(config, "embedding_multiplier"))
            .withResidualScale(multiplier(config, "residual_multiplier"))
            .withScores(multiplier(config, "attention_multiplier"), 0)
            .withLogits(multiplier(config, "logits_scaling"), 0);
    return GatedDecoder.read(checkpoint, traits).architecture(config.flag("mlp_bias", false));
  }

  private static double multiplier(ConfigFile config, String field) throws InputException {
    return config.optionalPositive(field).orElse(1);
  }
}
