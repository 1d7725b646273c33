package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;

/**
 * Mistral 7B and its kin (Jiang et al., arXiv 2310.06825). A {@code sliding_window} that is null
 * means none; one that is absent means the 4096 of the first model.
 */
final class Mistral implements Family {

  @Override
  public String modelType() {
    return "mistral";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    boolean none = config.fields().contains("sliding_window") && !config.has("sliding_window");
    long window =
        none
            ? CausalAttention.NO_WINDOW
            : config.optionalPositiveInt("sliding_window", Integer.MAX_VALUE).orElse(4096);
    var traits =
        new GatedDecoder.Traits(
            modelType(), 8, 0, 131_072, false, false, false, SlidingWindow.of(config, window, 0));
    return GatedDecoder.read(config, traits).architecture(false);
  }
}
