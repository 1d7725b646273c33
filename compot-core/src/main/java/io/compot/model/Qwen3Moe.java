package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Qwen3's mixtures of experts (arXiv 2505.09388): Qwen3 with a {@link MixtureOfExperts} for the
 * feed-forward layer, except in the blocks that the config keeps dense.
 */
final class Qwen3Moe implements Family {

  @Override
  public String modelType() {
    return "qwen3_moe";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    boolean bias = config.flag("attention_bias", false);
    var traits =
        Traits.llama(modelType())
            .withDefaults(4, 0, 32_768)
            .withInputBias(bias)
            .withOutputBias(bias)
            .withHeadNorms(Traits.HeadNorms.EACH)
            .withWindow(SlidingWindow.qwenMoe(config));
    GatedDecoder decoder = GatedDecoder.read(checkpoint, traits);

    Sizes sizes = new Sizes(config);
    Dimension inner = sizes.optional("intermediate_size", 6144);
    Dimension expertInner = sizes.optional("moe_intermediate_size", 768);
    // Both spellings are transformers': it writes the local one since 5, and lets it win.
    String count = config.names("num_local_experts") ? "num_local_experts" : "num_experts";
    var experts = Experts.read(config, count, 128, 8, config.flag("norm_topk_prob", false));
    var sparse = SparseBlocks.read(config, decoder.layers());
    return decoder.architecture(layer -> {
      if (!sparse.has(layer)) {
        return decoder.gatedMlp(layer, decoder.widths().channels(layer, inner), false);
      }
      String prefix = GatedDecoder.prefix(layer) + ".mlp";
      return experts.under(
          prefix + ".gate",
          decoder.hidden(),
          number ->
              GatedMlp.Spec.under(
                  prefix + ".experts." + number,
                  decoder.hidden(),
                  expertInner,
                  false,
                  decoder.activation()));
    });
  }

  @Override
  public void keepBlocks(ConfigFile config, ObjectNode fields, List<Integer> kept) {
    SparseBlocks.keepBlocks(fields, kept);
    SlidingWindow.keepSwitchable(fields, kept, 0);
  }
}
