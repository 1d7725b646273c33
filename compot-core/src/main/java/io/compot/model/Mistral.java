package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;

/** Mistral 7B and its kin (Jiang et al., arXiv 2310.06825). */
final class Mistral implements Family {

  @Override
  public String modelType() {
    return "mistral";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    var traits =
        Traits.llama(modelType())
            .withDefaults(8, 0, 131_072)
            .withWindow(SlidingWindow.mistral(config));
    return GatedDecoder.read(checkpoint, traits).architecture(false);
  }
}
