package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.model.Dimension.Axis;
import io.compot.text.ConfigFile;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * GPT-2 (Radford et al., 2019): learned positions, LayerNorm before, one projection for queries,
 * keys and values, and weights stored [in, out].
 */
final class Gpt2 implements Family {

  private static final String BY_LAYER = "scale_attn_by_inverse_layer_idx";

  @Override
  public String modelType() {
    return "gpt2";
  }

  @Override
  public Architecture architecture(ModelSource checkpoint) throws InputException {
    ConfigFile config = checkpoint.config();
    Sizes sizes = new Sizes(config);
    Dimension hidden = sizes.required(field(config, "n_embd", "hidden_size"));
    Dimension heads = sizes.required(field(config, "n_head", "num_attention_heads"));
    if (hidden.size() % heads.size() != 0) {
      throw config.refuse(
          heads.field(), heads.size() + " does not divide " + hidden, "correct the file");
    }
    Dimension headDim = new Dimension(hidden.size() / heads.size(), "n_embd/n_head");
    Dimension inner =
        sizes.optional("n_inner", Math.toIntExact(Math.min(4 * hidden.size(), Integer.MAX_VALUE)));
    Dimension vocabulary = sizes.required("vocab_size");
    Dimension context =
        sizes.optional(field(config, "n_positions", "max_position_embeddings"), 1024);
    String count = layers(config);
    int layers = Math.toIntExact(sizes.required(count).size());
    double eps = config.optionalPositive("layer_norm_epsilon").orElse(1e-5);
    boolean scaled = config.flag("scale_attn_weights", true);
    boolean byLayer = config.flag(BY_LAYER, false);
    Activation activation = Activation.of(config, "activation_function", "gelu_new");
    Widths widths = Widths.read(config, layers);

    String prefix = checkpoint.has("wte.weight") ? "" : "transformer.";
    TensorSpec table = TensorSpec.table(prefix + "wte.weight", vocabulary, hidden);
    TensorSpec head = TensorSpec.table("lm_head.weight", vocabulary, hidden);
    boolean tied = config.flag("tie_word_embeddings", true);
    TiedTable tables = TiedTable.of(checkpoint, checkpoint.folder(), tied, table, head);
    return AssembledArchitecture.decoder(
        modelType(),
        new Dimension(layers, count),
        prefix + "h",
        widths,
        hidden.size(),
        vocabulary.size(),
        Math.toIntExact(context.size()),
        AssembledArchitecture.endOfText(config),
        new TokenEmbedding.Spec(
            tables.embedding(), null, TensorSpec.of(prefix + "wpe.weight", context, hidden), 0),
        layer -> {
          String block = prefix + "h." + layer;
          Dimension left = widths.heads(layer, heads);
          Dimension mixed =
              (left.equals(heads) ? hidden : left.times(headDim)).along(Axis.HEADS, left.size());
          Dimension channels = widths.channels(layer, inner);
          double scale = scaled ? 1 / Math.sqrt((double) headDim.size()) : 1;
          var scoring =
              new Scoring(byLayer ? scale / (layer + 1) : scale, 0, CausalAttention.NO_WINDOW);
          return new DecoderBlock.Spec(
              Residual.Spec.before(new LayerNorm.Spec(block + ".ln_1", hidden, true, eps)),
              new Attention.Spec(
                  new QueryKeyValue.Joined(
                      projection(block, "attn.c_attn", hidden, mixed.with(mixed, mixed)),
                      mixed.size(),
                      mixed.size()),
                  projection(block, "attn.c_proj", mixed, hidden),
                  new Attention.Shape(left.size(), left.size(), headDim.size(), null, scoring),
                  null,
                  null),
              Residual.Spec.before(new LayerNorm.Spec(block + ".ln_2", hidden, true, eps)),
              new PlainMlp.Spec(
                  projection(block, "mlp.c_fc", hidden, channels),
                  projection(block, "mlp.c_proj", channels, hidden),
                  activation));
        },
        new OutputHead.Spec(
            new LayerNorm.Spec(prefix + "ln_f", hidden, true, eps),
            null,
            "lm_head",
            tables.output()));
  }

  /** Attention and feed-forward layer both end in a c_proj, so the kind says of which it is. */
  private static ProjectionSpec projection(String under, String kind, Dimension in, Dimension out) {
    return new ProjectionSpec(under, kind, in, out, true, WeightLayout.IN_OUT);
  }

  private static String layers(ConfigFile config) {
    return field(config, "n_layer", "num_hidden_layers");
  }

  /** Both spellings are transformers': the second goes into the first, and wins. */
  private static String field(ConfigFile config, String own, String common) {
    return config.names(common) ? common : own;
  }

  @Override
  public void narrow(ConfigFile config, ObjectNode fields, Widths widths) throws InputException {
    int layers = Math.toIntExact(new Sizes(config).required(layers(config)).size());
    Family.narrowChannels(fields, widths, layers, "n_inner");
  }

  @Override
  public void keepBlocks(ConfigFile config, ObjectNode fields, List<Integer> kept)
      throws InputException {
    if (config.flag(BY_LAYER, false)) {
      throw config.refuse(
          BY_LAYER, "blocks would be scaled by other numbers than they were", "keep all blocks");
    }
    fields.put(layers(config), kept.size());
  }
}
