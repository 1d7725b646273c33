package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;

/** Mixtral (arXiv 2401.04088): Mistral with a mixture of experts in every block. */
final class Mixtral implements Family {

  @Override
  public String modelType() {
    return "mixtral";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    var traits =
        Traits.llama(modelType())
            .withDefaults(8, 0, 131_072)
            .withEps(1e-5)
            .withRotation(Traits.Rotation.from(1_000_000))
            .withWindow(SlidingWindow.everywhere(config));
    GatedDecoder decoder = GatedDecoder.read(checkpoint, traits);
    // Both spellings are transformers': the second goes into the first, and wins.
    String count = config.names("num_experts") ? "num_experts" : "num_local_experts";
    var experts = Experts.read(config, count, 8, 2, true);
    Dimension inner = new Sizes(config).required("intermediate_size");
    return decoder.architecture(layer -> {
      String prefix = GatedDecoder.prefix(layer) + ".block_sparse_moe";
      return experts.under(
          prefix + ".gate", decoder.hidden(), number -> expert(decoder, prefix, number, inner));
    });
  }

  /** Its names are those of Mistral's own code. */
  private static Part<FeedForward> expert(
      GatedDecoder decoder, String prefix, int number, Dimension inner) {
    String under = prefix + ".experts." + number;
    return new GatedMlp.Spec(
        new ProjectionSpec(under, "w1", decoder.hidden(), inner, false),
        new ProjectionSpec(under, "w3", decoder.hidden(), inner, false),
        new ProjectionSpec(under, "w2", inner, decoder.hidden(), false),
        decoder.activation());
  }
}
