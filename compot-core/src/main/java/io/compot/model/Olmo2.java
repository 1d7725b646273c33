package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;

/**
 * OLMo 2 (arXiv 2501.00656): norms behind both parts of a block and none before them, and norms of
 * all queries and of all keys.
 */
final class Olmo2 implements Family {

  @Override
  public String modelType() {
    return "olmo2";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    boolean bias = config.flag("attention_bias", false);
    var traits =
        Traits.llama(modelType())
            .withEps(1e-5)
            .withInputBias(bias)
            .withOutputBias(bias)
            .withHeadNorms(Traits.HeadNorms.ALL)
            .withNorms(Traits.Norms.BEHIND);
    return GatedDecoder.read(checkpoint, traits).architecture(false);
  }
}
