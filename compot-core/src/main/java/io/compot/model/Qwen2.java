package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Qwen2 and Qwen2.5 (arXiv 2407.10671): biased q, k and v. */
final class Qwen2 implements Family {

  @Override
  public String modelType() {
    return "qwen2";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    var traits =
        Traits.llama(modelType())
            .withDefaults(32, 0, 32_768)
            .withInputBias(true)
            .withWindow(SlidingWindow.qwen(config));
    return GatedDecoder.read(checkpoint, traits).architecture(false);
  }

  @Override
  public void keepBlocks(ConfigFile config, ObjectNode fields, List<Integer> kept) {
    fields.put("num_hidden_layers", kept.size());
    SlidingWindow.keepSwitchable(fields, kept, 28);
  }
}
