package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.model.Dimension.Axis;
import io.compot.safetensors.WeightSource;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * OPT (Zhang et al., arXiv 2205.01068): learned positions, LayerNorm before or (350M) after, and in
 * the latter a narrower embedding with projections in and out.
 */
final class Opt implements Family {

  /** Rows of the position table that stand before position 0. */
  private static final Dimension SKIPPED = new Dimension(2, "2");

  private static final double EPS = 1e-5;

  @Override
  public String modelType() {
    return "opt";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    Sizes sizes = new Sizes(config);
    Dimension hidden = sizes.required("hidden_size");
    Dimension heads = sizes.required("num_attention_heads");
    Dimension headDim = sizes.headDim(hidden, heads, 0);
    Dimension inner = sizes.required("ffn_dim");
    Dimension vocabulary = sizes.required("vocab_size");
    Dimension context = sizes.optional("max_position_embeddings", 2048);
    Dimension width = sizes.optional("word_embed_proj_dim", Math.toIntExact(hidden.size()));
    boolean before = config.flag("do_layer_norm_before", true);
    boolean affine = config.flag("layer_norm_elementwise_affine", true);
    boolean bias = config.flag("enable_bias", true);
    boolean finalNorm = before && !config.flag("_remove_final_layer_norm", false);
    Activation activation = Activation.of(config, "activation_function", "relu");

    String prefix = prefix(checkpoint);
    boolean projected = width.size() != hidden.size();
    TensorSpec table = TensorSpec.table(prefix + "embed_tokens.weight", vocabulary, width);
    TensorSpec positions =
        TensorSpec.of(
            prefix + "embed_positions.weight",
            new Dimension(context.size() + SKIPPED.size(), context.field() + " + 2"),
            hidden);
    Function<Part<Norm>, Residual.Spec> around =
        before ? Residual.Spec::before : Residual.Spec::after;
    int layers = Math.toIntExact(sizes.required("num_hidden_layers").size());
    Widths widths = Widths.read(config, layers);
    TensorSpec head = TensorSpec.table("lm_head.weight", vocabulary, width);
    boolean tied = config.flag("tie_word_embeddings", true);
    TiedTable tables = TiedTable.of(checkpoint, checkpoint.folder(), tied, table, head);
    return AssembledArchitecture.decoder(
        modelType(),
        new Dimension(layers, "num_hidden_layers"),
        prefix + "layers",
        widths,
        hidden.size(),
        vocabulary.size(),
        Math.toIntExact(context.size()),
        AssembledArchitecture.endOfText(config),
        new TokenEmbedding.Spec(
            tables.embedding(),
            projection(projected, prefix, "project_in", width, hidden),
            positions,
            SKIPPED.size()),
        layer -> {
          String block = prefix + "layers." + layer;
          String attention = block + ".self_attn";
          Dimension left = widths.heads(layer, heads);
          Dimension mixed =
              (left.equals(heads) ? hidden : left.times(headDim)).along(Axis.HEADS, left.size());
          Dimension channels = widths.channels(layer, inner);
          var shape =
              new Attention.Shape(
                  left.size(),
                  left.size(),
                  headDim.size(),
                  null,
                  Scoring.of(headDim.size(), CausalAttention.NO_WINDOW));
          return new DecoderBlock.Spec(
              around.apply(new LayerNorm.Spec(attention + "_layer_norm", hidden, affine, EPS)),
              new Attention.Spec(
                  new QueryKeyValue.Separate(
                      new ProjectionSpec(attention, "q_proj", hidden, mixed, bias),
                      new ProjectionSpec(attention, "k_proj", hidden, mixed, bias),
                      new ProjectionSpec(attention, "v_proj", hidden, mixed, bias)),
                  new ProjectionSpec(attention, "out_proj", mixed, hidden, bias),
                  shape,
                  null,
                  null),
              around.apply(new LayerNorm.Spec(block + ".final_layer_norm", hidden, affine, EPS)),
              new PlainMlp.Spec(
                  new ProjectionSpec(block, "fc1", hidden, channels, bias),
                  new ProjectionSpec(block, "fc2", channels, hidden, bias),
                  activation));
        },
        new OutputHead.Spec(
            finalNorm ? new LayerNorm.Spec(prefix + "final_layer_norm", hidden, affine, EPS) : null,
            projection(projected, prefix, "project_out", hidden, width),
            "lm_head",
            tables.output()));
  }

  @Override
  public void narrow(ConfigFile config, ObjectNode fields, Widths widths) throws InputException {
    int layers = Math.toIntExact(new Sizes(config).required("num_hidden_layers").size());
    Family.narrowChannels(fields, widths, layers, "ffn_dim");
  }

  private static @Nullable ProjectionSpec projection(
      boolean present, String prefix, String kind, Dimension in, Dimension out) {
    if (!present) {
      return null;
    }
    String under = prefix.substring(0, prefix.length() - 1);
    return new ProjectionSpec(under, kind, in, out, false);
  }

  /** Checkpoints of the bare decoder lack the outer names. */
  private static String prefix(WeightSource weights) {
    for (String prefix : List.of("model.decoder.", "decoder.")) {
      if (weights.has(prefix + "embed_positions.weight")) {
        return prefix;
      }
    }
    return "model.decoder.";
  }
}
