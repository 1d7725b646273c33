package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;

/** Llama 1 to 3 (Touvron et al., arXiv 2302.13971; Grattafiori et al., arXiv 2407.21783). */
final class Llama implements Family {

  @Override
  public String modelType() {
    return "llama";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    boolean bias = config.flag("attention_bias", false);
    var traits =
        Traits.llama(modelType())
            .withInputBias(bias)
            .withOutputBias(bias)
            .withWindow(SlidingWindow.none(config));
    return GatedDecoder.read(checkpoint, traits).architecture(config.flag("mlp_bias", false));
  }
}
