package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Qwen1.5's and Qwen2's mixtures of experts (arXiv 2407.10671): one expert serves every token. */
final class Qwen2Moe implements Family {

  @Override
  public String modelType() {
    return "qwen2_moe";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    config.refuseNull("num_key_value_heads");
    var traits =
        Traits.llama(modelType())
            .withDefaults(16, 0, 32_768)
            .withInputBias(config.flag("qkv_bias", true))
            .withWindow(SlidingWindow.qwen2Moe(config));
    GatedDecoder decoder = GatedDecoder.read(checkpoint, traits);
    Sizes sizes = new Sizes(config);
    Dimension inner = sizes.optional("intermediate_size", 5632);
    Dimension expertInner = sizes.optional("moe_intermediate_size", 1408);
    Dimension sharedInner = sizes.optional("shared_expert_intermediate_size", 5632);
    var experts = Experts.read(config, "num_experts", 60, 4, config.flag("norm_topk_prob", false));
    var sparse = SparseBlocks.read(config, decoder.layers());
    return decoder.architecture(layer -> {
      if (!sparse.has(layer)) {
        return decoder.gatedMlp(layer, decoder.widths().channels(layer, inner), false);
      }
      String prefix = GatedDecoder.prefix(layer) + ".mlp";
      return new SharedExpert.Spec(
          experts.under(
              prefix + ".gate",
              decoder.hidden(),
              number -> mlp(decoder, prefix + ".experts." + number, expertInner)),
          mlp(decoder, prefix + ".shared_expert", sharedInner),
          prefix + ".shared_expert_gate",
          decoder.hidden());
    });
  }

  private static Part<FeedForward> mlp(GatedDecoder decoder, String under, Dimension inner) {
    return GatedMlp.Spec.under(under, decoder.hidden(), inner, false, decoder.activation());
  }

  @Override
  public void keepBlocks(ConfigFile config, ObjectNode fields, List<Integer> kept)
      throws InputException {
    SlidingWindow.keepQwen2Moe(config, fields, kept);
    SparseBlocks.keepBlocks(fields, kept);
  }
}
