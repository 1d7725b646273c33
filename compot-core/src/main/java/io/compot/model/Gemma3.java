package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * The language model of Gemma 3 (arXiv 2503.19786): as Gemma 2 with norms of queries and keys, and
 * layers with and without a window that turn positions by frequencies of their own. Scores are not
 * capped, whatever the configuration says, as in transformers 5.
 */
final class Gemma3 implements Family {

  private static final String PATTERN = "sliding_window_pattern";
  private static final int USUAL = 6;

  @Override
  public String modelType() {
    return "gemma3_text";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    config.refuseNull(PATTERN);
    int every = config.optionalPositiveInt(PATTERN, Integer.MAX_VALUE).orElse(USUAL);
    var window = SlidingWindow.alternating(config, every);
    var traits =
        Gemma2.traits(modelType(), config)
            .withDefaults(4, 256, 131_072)
            .withHeadNorms(Traits.HeadNorms.EACH)
            .withWindow(window)
            .withRotation((fields, headDim, context) -> {
              var ropes = new LayerTypeRope(fields, headDim, context);
              Rotary local = ropes.sliding();
              Rotary global = ropes.full();
              return layer ->
                  window.applyAsLong(layer) == CausalAttention.NO_WINDOW ? global : local;
            })
            .withScores(Gemma2.scale(config), 0)
            .withLogits(1, Gemma2.cap(config, "final_logit_softcapping", 0));
    return GatedDecoder.read(checkpoint, traits).architecture(false);
  }

  @Override
  public void keepBlocks(ConfigFile config, ObjectNode fields, List<Integer> kept) {
    fields.put("num_hidden_layers", kept.size());
    SlidingWindow.keepAlternating(fields, kept, fields.path(PATTERN).asInt(USUAL));
  }
}
