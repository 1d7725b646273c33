package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whisper (Radford et al., arXiv 2212.04356): an encoder hears half a minute of sound as a log-mel
 * spectrogram, a decoder writes what was said and looks at the encoder's output in every block.
 * Keys have no bias; the output projection is the embedding's table.
 */
final class Whisper implements Family {

  private static final String ENCODER = "encoder";
  private static final double EPS = 1e-5;

  @Override
  public String modelType() {
    return "whisper";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    Sizes sizes = new Sizes(config);
    Dimension width = sizes.required("d_model");
    Activation activation = Activation.of(config, "activation_function", "gelu");
    Dimension mels = sizes.optional("num_mel_bins", 80);
    Dimension heard = sizes.optional("max_source_positions", 1500);
    Dimension context = sizes.optional("max_target_positions", 448);
    Dimension vocabulary = sizes.required("vocab_size");
    var encoder = half(config, ENCODER, width, activation);
    var decoder = half(config, AssembledArchitecture.DECODER, width, activation);
    TensorSpec table = TensorSpec.table(decoder.name("embed_tokens.weight"), vocabulary, width);
    TensorSpec head = TensorSpec.table("proj_out.weight", vocabulary, width);
    boolean tied = config.flag("tie_word_embeddings", true);
    TiedTable tables = TiedTable.of(checkpoint, checkpoint.folder(), tied, table, head);
    var embedding =
        new TokenEmbedding.Spec(
            tables.embedding(),
            null,
            TensorSpec.of(decoder.name("embed_positions.weight"), context, width),
            0);
    var hearing =
        encoder.stack(
            null,
            new SpectrogramEntry.Spec(
                encoder.name("conv1"),
                encoder.name("conv2"),
                TensorSpec.of(encoder.name("embed_positions.weight"), heard, width),
                mels,
                width),
            List.of(mels.size(), 2 * heard.size()),
            new NormExit.Spec(encoder.norm("layer_norm")));
    return new AssembledArchitecture(
        modelType(),
        List.of(hearing, decoder.stack(ENCODER, embedding, AssembledArchitecture.TOKENS, null)),
        vocabulary.size(),
        Math.toIntExact(context.size()),
        AssembledArchitecture.endOfText(config),
        embedding,
        new OutputHead.Spec(decoder.norm("layer_norm"), null, "proj_out", tables.output()));
  }

  @Override
  public void keepBlocks(ConfigFile config, ObjectNode fields, List<Integer> kept) {
    fields.put("decoder_layers", kept.size());
  }

  private static Half half(ConfigFile config, String name, Dimension width, Activation activation)
      throws InputException {
    Sizes sizes = new Sizes(config);
    Dimension heads = sizes.required(name + "_attention_heads");
    if (width.size() % heads.size() != 0) {
      throw config.refuse(
          heads.field(), heads.size() + " does not divide " + width, "correct the file");
    }
    return new Half(
        name,
        sizes.required(name + "_layers"),
        width,
        heads,
        sizes.required(name + "_ffn_dim"),
        activation);
  }

  /** Encoder or decoder. */
  private record Half(
      String stack,
      Dimension layers,
      Dimension width,
      Dimension heads,
      Dimension inner,
      Activation activation) {

    String name(String part) {
      return "model." + stack + "." + part;
    }

    Part<Norm> norm(String part) {
      return new LayerNorm.Spec(name(part), width, true, EPS);
    }

    BlockStack stack(
        @Nullable String memory,
        Part<? extends Entry> entry,
        List<Long> sampleShape,
        @Nullable Part<Exit> exit) {
      return new BlockStack(
          stack,
          layers,
          name("layers"),
          new Widths(Map.of()),
          width.size(),
          memory,
          entry,
          sampleShape,
          block -> block(block, memory != null),
          exit);
    }

    private Part<Block> block(int number, boolean looks) {
      String block = "layers." + number;
      var own =
          looks
              ? attention(name(block + ".self_attn"), "")
                  .causal(heads.size(), width.size() / heads.size())
              : attention(name(block + ".self_attn"), "").open(heads.size(), false);
      var mlp =
          new PlainMlp.Spec(
              new ProjectionSpec(name(block), "fc1", width, inner, true),
              new ProjectionSpec(name(block), "fc2", inner, width, true),
              activation);
      var first = new ResidualBlock.Step(norm(block + ".self_attn_layer_norm"), own);
      var last = new ResidualBlock.Step(norm(block + ".final_layer_norm"), mlp);
      if (!looks) {
        return new ResidualBlock.Spec(List.of(first, last));
      }
      var cross = attention(name(block), "encoder_attn.").open(heads.size(), true);
      return new ResidualBlock.Spec(
          List.of(
              first,
              new ResidualBlock.Step(norm(block + ".encoder_attn_layer_norm"), cross),
              last));
    }

    private Projections attention(String under, String kind) {
      return new Projections(
          new ProjectionSpec(under, kind + "q_proj", width, width, true),
          new ProjectionSpec(under, kind + "k_proj", width, width, false),
          new ProjectionSpec(under, kind + "v_proj", width, width, true),
          new ProjectionSpec(under, kind + "out_proj", width, width, true));
    }
  }

  /** Those of an attention. */
  private record Projections(
      ProjectionSpec query, ProjectionSpec key, ProjectionSpec value, ProjectionSpec output) {

    Part<? extends Sublayer> causal(long heads, long headDim) {
      var shape =
          new Attention.Shape(
              heads, heads, headDim, null, Scoring.of(headDim, CausalAttention.NO_WINDOW));
      var input = new QueryKeyValue.Separate(query, key, value);
      return new Attention.Spec(input, output, shape, null, null);
    }

    Part<? extends Sublayer> open(long heads, boolean ofMemory) {
      return new OpenAttention.Spec(query, key, value, output, heads, ofMemory);
    }
  }
}
