package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Qwen3's mixtures of experts (arXiv 2505.09388): Qwen3 with a {@link MixtureOfExperts} for the
 * feed-forward layer, except in the blocks that the config keeps dense.
 */
final class Qwen3Moe implements Family {

  /** Far above any model; keeps a config that lies from asking for billions of names. */
  private static final int MOST_EXPERTS = 1 << 14;

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
    int experts = config.optionalPositiveInt(count, MOST_EXPERTS).orElse(128);
    int chosen = config.optionalPositiveInt("num_experts_per_tok", MOST_EXPERTS).orElse(8);
    if (chosen > experts) {
      throw config.refuse(
          "num_experts_per_tok",
          chosen + " is more than " + count + " " + experts,
          "correct the file");
    }
    boolean normalised = config.flag("norm_topk_prob", false);
    int step = config.optionalPositiveInt("decoder_sparse_step", Integer.MAX_VALUE).orElse(1);
    Set<Integer> dense = Set.copyOf(config.ints("mlp_only_layers", 0, decoder.layers() - 1));
    return decoder.architecture(layer -> {
      if (dense.contains(layer) || (layer + 1) % step != 0) {
        return decoder.gatedMlp(layer, decoder.widths().channels(layer, inner), false);
      }
      String prefix = GatedDecoder.prefix(layer) + ".mlp";
      return new MixtureOfExperts.Spec(
          prefix + ".gate",
          decoder.hidden(),
          new Dimension(experts, count),
          expert ->
              GatedMlp.Spec.under(
                  prefix + ".experts." + expert,
                  decoder.hidden(),
                  expertInner,
                  false,
                  decoder.activation()),
          chosen,
          normalised);
    });
  }

  /** The blocks without experts are named one by one: where they stand follows no step any more. */
  @Override
  public void keepBlocks(ConfigFile config, ObjectNode fields, List<Integer> kept) {
    int step = fields.path("decoder_sparse_step").asInt(1);
    var without = new TreeSet<Integer>();
    fields.path("mlp_only_layers").forEach(layer -> without.add(layer.asInt()));
    ArrayNode left = fields.arrayNode();
    for (int i = 0; i < kept.size(); i++) {
      if (without.contains(kept.get(i)) || (kept.get(i) + 1) % step != 0) {
        left.add(i);
      }
    }
    fields.put("num_hidden_layers", kept.size());
    fields.put("decoder_sparse_step", 1);
    fields.set("mlp_only_layers", left);
    SlidingWindow.keepSwitchable(fields, kept, 0);
  }
}
