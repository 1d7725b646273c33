package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Qwen3-VL (arXiv 2511.21631): a tower sees images patch by patch, mergers make tokens of its
 * patches, and Qwen3's decoder reads them among the text's, turned by three positions each. What
 * some blocks of the tower give is added behind the first blocks of the decoder (DeepStack); the
 * mergers that make it belong to those.
 */
final class Qwen3Vl implements Family {

  private static final String TEXT = "text_config";
  private static final String HEAD = "lm_head";
  private static final List<Integer> SECTIONS = List.of(24, 20, 20);
  private static final double THETA = 500_000;

  @Override
  public String modelType() {
    return "qwen3_vl";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    ConfigFile text = config.object(TEXT);
    boolean bias = text.flag("attention_bias", false);
    var traits =
        Traits.llama(modelType())
            .under("model.language_model")
            .withDefaults(32, 128, 128_000)
            .withInputBias(bias)
            .withOutputBias(bias)
            .withHeadNorms(Traits.HeadNorms.EACH)
            .withRotation(Qwen3Vl::rotation);
    if (!checkpoint.has(HEAD + ".weight") && !checkpoint.packed().containsKey(HEAD)) {
      traits.withTiedTables(); // some files say so only for the decoder, which does not count
    }
    var decoder =
        (AssembledArchitecture) GatedDecoder.read(checkpoint, text, traits).architecture(false);
    BlockStack own = decoder.blockStacks().getFirst();
    var tower = Qwen3VisionTower.read(config.object("vision_config"), own.width());
    var seeing =
        new BlockStack(
            own.name(),
            new Dimension(own.count().size(), TEXT + "." + own.count().field()),
            own.blocksName(),
            own.widths(),
            own.width(),
            Qwen3VisionTower.STACK,
            own.entryPart(),
            own.sampleShape(),
            block -> around(own.parts().apply(block), block, tower),
            null);
    List<Long> ends = AssembledArchitecture.endOfText(config);
    return new AssembledArchitecture(
        modelType(),
        List.of(tower.stack(), seeing),
        decoder.vocabularySize(),
        decoder.contextLength(),
        ends.isEmpty() ? decoder.endOfText() : ends,
        decoder.embeddingPart(),
        decoder.headPart(),
        Optional.of(tower.images(token(config, decoder.vocabularySize()))));
  }

  private static Part<Block> around(Part<Block> inner, int block, Qwen3VisionTower tower) {
    Part<Merger> before = block == 0 ? tower.merger() : null;
    Part<Merger> after = block < tower.taps().size() ? tower.deepstack(block) : null;
    return before == null && after == null
        ? inner
        : new SeeingBlock.Spec(inner, before, after, block);
  }

  private static long token(ConfigFile config, long vocabulary) throws InputException {
    int token = config.optionalInt("image_token_id", 0, Integer.MAX_VALUE).orElse(151_655);
    if (token >= vocabulary) {
      throw config.refuse(
          "image_token_id",
          token + " is not in the vocabulary of " + vocabulary + " tokens",
          "restore the original file");
    }
    return token;
  }

  /** Pairs are turned by time, row and column in turn, as far as the sections go; then by time. */
  private static IntFunction<@Nullable Rotary> rotation(ConfigFile config, int headDim, int context)
      throws InputException {
    Rotary plain = RopeSettings.read(config, headDim, context, THETA);
    List<Integer> sections = new ArrayList<>();
    for (String field : List.of("rope_parameters", "rope_scaling")) {
      Optional<ConfigFile> given = config.optionalObject(field);
      if (given.isPresent() && given.get().has("mrope_section")) {
        sections = given.get().ints("mrope_section", 0, Integer.MAX_VALUE / 4);
        if (sections.size() != SECTIONS.size()) {
          throw given
              .get()
              .refuse(
                  "mrope_section",
                  "expected three numbers, of time, rows and columns",
                  "restore the original file");
        }
      }
    }
    List<Integer> known = sections.isEmpty() ? SECTIONS : sections;
    List<Integer> axes =
        IntStream.range(0, headDim / 2)
            .map(pair -> pair < known.get(pair % 3) * 3 ? pair % 3 : 0)
            .boxed()
            .toList();
    var rotary = new Rotary(plain.dim(), plain.theta(), plain.scaling(), axes);
    return layer -> rotary;
  }

  @Override
  public void keepBlocks(ConfigFile config, ObjectNode fields, List<Integer> kept) {
    if (fields.get(TEXT) instanceof ObjectNode text) {
      text.put("num_hidden_layers", kept.size());
    }
  }
}
