package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.model.Dimension.Axis;
import io.compot.text.ConfigFile;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The decoder that Llama set the pattern for: RMSNorm before, rotary positions, grouped queries, a
 * gated feed-forward layer. Families say through {@link Traits} how they differ.
 *
 * @param checkpoint whose model it is
 * @param config where the sizes come from
 * @param traits of the family
 * @param hidden H
 * @param vocabulary V
 * @param layers number of blocks
 * @param eps ε of all norms
 * @param widths of blocks that are narrower than the others
 */
record GatedDecoder(
    ModelSource checkpoint,
    ConfigFile config,
    Traits traits,
    Dimension hidden,
    Dimension vocabulary,
    int layers,
    Dimension heads,
    Dimension kvHeads,
    Dimension headDim,
    int context,
    double eps,
    Activation activation,
    Widths widths) {

  private static final String BLOCKS = "model.layers";

  /**
   * What sets a family apart from Llama.
   *
   * @param family {@code model_type}
   * @param kvHeads default of {@code num_key_value_heads} where it is absent; 0 for as many as
   *     heads, which null means everywhere
   * @param headDim default of {@code head_dim}; 0 for hidden size / heads
   * @param context default of {@code max_position_embeddings}
   * @param inputBias whether q, k and v have a bias
   * @param outputBias whether the attention's output projection has one
   * @param queryKeyNorm whether every query and key head is normalised
   * @param window tokens a layer's tokens see
   */
  record Traits(
      String family,
      int kvHeads,
      int headDim,
      int context,
      boolean inputBias,
      boolean outputBias,
      boolean queryKeyNorm,
      IntToLongFunction window) {

    /** As Llama: as many key heads as heads, no biases, no window. */
    static Traits llama(String family) {
      return new Traits(
          family, 0, 0, 2048, false, false, false, layer -> CausalAttention.NO_WINDOW);
    }

    /** With other defaults of fields that a config may leave out. */
    Traits withDefaults(int usualKvHeads, int usualHeadDim, int usualContext) {
      return new Traits(
          family,
          usualKvHeads,
          usualHeadDim,
          usualContext,
          inputBias,
          outputBias,
          queryKeyNorm,
          window);
    }

    /** With biases of q, k and v, where there are any. */
    Traits withInputBias(boolean present) {
      return new Traits(
          family, kvHeads, headDim, context, present, outputBias, queryKeyNorm, window);
    }

    /** With a bias of the attention's output, where there is one. */
    Traits withOutputBias(boolean present) {
      return new Traits(
          family, kvHeads, headDim, context, inputBias, present, queryKeyNorm, window);
    }

    /** With a norm of every query and key head. */
    Traits withHeadNorms() {
      return new Traits(family, kvHeads, headDim, context, inputBias, outputBias, true, window);
    }

    /** With layers that see only so many tokens. */
    Traits withWindow(IntToLongFunction tokens) {
      return new Traits(
          family, kvHeads, headDim, context, inputBias, outputBias, queryKeyNorm, tokens);
    }
  }

  /**
   * Reads the fields that all these families share.
   *
   * @throws InputException naming a field that is missing or makes no sense
   */
  static GatedDecoder read(ModelSource checkpoint, Traits traits) throws InputException {
    ConfigFile config = checkpoint.config();
    Sizes sizes = new Sizes(config);
    Dimension hidden = sizes.required("hidden_size");
    Dimension heads = sizes.required("num_attention_heads");
    Dimension kvHeads =
        sizes.optional(
            "num_key_value_heads",
            traits.kvHeads() == 0 || config.isNull("num_key_value_heads")
                ? Math.toIntExact(heads.size())
                : traits.kvHeads());
    if (heads.size() % kvHeads.size() != 0) {
      throw config.refuse(
          "num_key_value_heads",
          kvHeads.size() + " does not divide num_attention_heads " + heads.size(),
          "correct the file");
    }
    Dimension headDim = sizes.headDim(hidden, heads, traits.headDim());
    if (headDim.size() % 2 != 0) {
      throw config.refuse(
          "head_dim",
          headDim.size() + " is odd, but rotary embedding turns pairs",
          "correct head_dim, or hidden_size and num_attention_heads that it follows from");
    }
    int layers = Math.toIntExact(sizes.required("num_hidden_layers").size());
    return new GatedDecoder(
        checkpoint,
        config,
        traits,
        hidden,
        sizes.required("vocab_size"),
        layers,
        heads,
        kvHeads,
        headDim,
        Math.toIntExact(sizes.optional("max_position_embeddings", traits.context()).size()),
        config.optionalPositive("rms_norm_eps").orElse(1e-6),
        Activation.of(config, "hidden_act", "silu"),
        Widths.read(config, layers));
  }

  /** With a gated feed-forward layer in every block. */
  Architecture architecture(boolean bias) throws InputException {
    Dimension inner = new Sizes(config).required("intermediate_size");
    return architecture(layer -> gatedMlp(layer, widths.channels(layer, inner), bias));
  }

  /** With the given feed-forward layers. */
  Architecture architecture(IntFunction<Part<FeedForward>> feedForward) throws InputException {
    TensorSpec table = TensorSpec.table("model.embed_tokens.weight", vocabulary, hidden);
    TensorSpec head = TensorSpec.table("lm_head.weight", vocabulary, hidden);
    boolean tied = config.flag("tie_word_embeddings", false);
    TiedTable tables = TiedTable.of(checkpoint, checkpoint.folder(), tied, table, head);
    Rotary rotary = RopeSettings.read(config, Math.toIntExact(headDim.size()), context);
    return AssembledArchitecture.decoder(
        traits.family(),
        new Dimension(layers, "num_hidden_layers"),
        BLOCKS,
        widths,
        hidden.size(),
        vocabulary.size(),
        context,
        AssembledArchitecture.endOfText(config),
        TokenEmbedding.Spec.table(tables.embedding()),
        layer ->
            new DecoderBlock.Spec(
                DecoderBlock.Placement.BEFORE,
                norm(prefix(layer) + ".input_layernorm", hidden),
                attention(layer, rotary),
                norm(prefix(layer) + ".post_attention_layernorm", hidden),
                feedForward.apply(layer)),
        new OutputHead.Spec(norm("model.norm", hidden), null, "lm_head", tables.output()));
  }

  /** The dense feed-forward layer of a block. */
  Part<FeedForward> gatedMlp(int layer, Dimension inner, boolean bias) {
    return GatedMlp.Spec.under(prefix(layer) + ".mlp", hidden, inner, bias, activation);
  }

  /** What the names of a block's tensors begin with. */
  static String prefix(int layer) {
    return BLOCKS + "." + layer;
  }

  private Part<Norm> norm(String name, Dimension size) {
    return new RmsNorm.Spec(name, size, eps);
  }

  private @Nullable Part<Norm> headNorm(String name) {
    return traits.queryKeyNorm() ? norm(name, headDim) : null;
  }

  private Part<Attention> attention(int layer, Rotary rotary) {
    String prefix = prefix(layer) + ".self_attn";
    Dimension keyHeads = widths.heads(layer, kvHeads);
    long group = heads.size() / kvHeads.size();
    Dimension queryHeads =
        keyHeads.equals(kvHeads) ? heads : new Dimension(keyHeads.size() * group, keyHeads.field());
    Dimension queries = queryHeads.times(headDim).along(Axis.HEADS, keyHeads.size());
    Dimension keys = keyHeads.times(headDim).along(Axis.HEADS, keyHeads.size());
    return new Attention.Spec(
        new QueryKeyValue.Separate(
            new ProjectionSpec(prefix, "q_proj", hidden, queries, traits.inputBias()),
            new ProjectionSpec(prefix, "k_proj", hidden, keys, traits.inputBias()),
            new ProjectionSpec(prefix, "v_proj", hidden, keys, traits.inputBias())),
        new ProjectionSpec(prefix, "o_proj", queries, hidden, traits.outputBias()),
        new Attention.Shape(
            queryHeads.size(),
            keyHeads.size(),
            headDim.size(),
            rotary,
            Scoring.of(headDim.size(), traits.window().applyAsLong(layer))),
        headNorm(prefix + ".q_norm"),
        headNorm(prefix + ".k_norm"));
  }
}
