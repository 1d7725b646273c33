package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Qwen3 (arXiv 2505.09388): every query and key head is normalised before it is rotated. */
final class Qwen3 implements Family {

  @Override
  public String modelType() {
    return "qwen3";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    boolean bias = config.flag("attention_bias", false);
    var traits =
        Traits.llama(modelType())
            .withDefaults(32, 128, 32_768)
            .withInputBias(bias)
            .withOutputBias(bias)
            .withHeadNorms(Traits.HeadNorms.EACH)
            .withWindow(SlidingWindow.qwen(config));
    return GatedDecoder.read(checkpoint, traits).architecture(false);
  }

  @Override
  public void keepBlocks(ConfigFile config, ObjectNode fields, List<Integer> kept) {
    fields.put("num_hidden_layers", kept.size());
    SlidingWindow.keepSwitchable(fields, kept, 28);
  }
}
