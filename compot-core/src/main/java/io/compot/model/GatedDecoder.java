package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.model.Dimension.Axis;
import io.compot.text.ConfigFile;
import java.util.function.IntFunction;
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

  private static final String BLOCKS = Traits.UNDER + ".layers";

  /**
   * Reads the fields that all these families share.
   *
   * @throws InputException naming a field that is missing or makes no sense
   */
  static GatedDecoder read(ModelSource checkpoint, Traits traits) throws InputException {
    return read(checkpoint, checkpoint.config(), traits);
  }

  /** The same where only a part of the configuration is the decoder's. */
  static GatedDecoder read(ModelSource checkpoint, ConfigFile config, Traits traits)
      throws InputException {
    Sizes sizes = new Sizes(config);
    Dimension hidden = sizes.required("hidden_size");
    Dimension heads = sizes.required("num_attention_heads");
    Dimension kvHeads =
        sizes.optional(
            "num_key_value_heads",
            traits.kvHeads == 0 || config.isNull("num_key_value_heads")
                ? Math.toIntExact(heads.size())
                : traits.kvHeads);
    if (heads.size() % kvHeads.size() != 0) {
      throw config.refuse(
          "num_key_value_heads",
          kvHeads.size() + " does not divide num_attention_heads " + heads.size(),
          "correct the file");
    }
    Dimension headDim = sizes.headDim(hidden, heads, traits.headDim);
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
        Math.toIntExact(sizes.optional("max_position_embeddings", traits.context).size()),
        config.optionalPositive("rms_norm_eps").orElse(traits.eps),
        Activation.of(config, traits.activationField, traits.activation),
        Widths.read(checkpoint.config(), layers));
  }

  /** With a gated feed-forward layer in every block. */
  Architecture architecture(boolean bias) throws InputException {
    Dimension inner = new Sizes(config).required("intermediate_size");
    return architecture(layer -> gatedMlp(layer, widths.channels(layer, inner), bias));
  }

  /** With the given feed-forward layers. */
  Architecture architecture(IntFunction<Part<FeedForward>> feedForward) throws InputException {
    TensorSpec table = TensorSpec.table(traits.under + ".embed_tokens.weight", vocabulary, hidden);
    TensorSpec head = TensorSpec.table("lm_head.weight", vocabulary, hidden);
    boolean tied = checkpoint.config().flag("tie_word_embeddings", traits.tied);
    TiedTable tables = TiedTable.of(checkpoint, checkpoint.folder(), tied, table, head);
    IntFunction<@Nullable Rotary> rotary =
        traits.rotation.of(config, Math.toIntExact(headDim.size()), context);
    return AssembledArchitecture.decoder(
        traits.family,
        new Dimension(layers, "num_hidden_layers"),
        traits.under + ".layers",
        widths,
        hidden.size(),
        vocabulary.size(),
        context,
        AssembledArchitecture.endOfText(config),
        new TokenEmbedding.Spec(tables.embedding(), traits.embeddingScale, null, null, 0),
        layer ->
            new DecoderBlock.Spec(
                aroundAttention(layer),
                attention(layer, rotary.apply(layer)),
                aroundFeedForward(layer),
                feedForward.apply(layer)),
        new OutputHead.Spec(
            norm(traits.under + ".norm", hidden),
            null,
            "lm_head",
            tables.output(),
            traits.logitDivisor,
            traits.logitCap));
  }

  /** The dense feed-forward layer of a block. */
  Part<FeedForward> gatedMlp(int layer, Dimension inner, boolean bias) {
    String prefix = name(layer) + ".mlp";
    return traits.joined
        ? JoinedGatedMlp.Spec.under(prefix, hidden, inner, bias, activation)
        : GatedMlp.Spec.under(prefix, hidden, inner, bias, activation);
  }

  /** What the names of a block's tensors begin with, in most families. */
  static String prefix(int layer) {
    return BLOCKS + "." + layer;
  }

  private String name(int layer) {
    return traits.under + ".layers." + layer;
  }

  private Part<Norm> norm(String name, Dimension size) {
    return traits.offsetNorms
        ? new OffsetNorm.Spec(name, size, eps)
        : new RmsNorm.Spec(name, size, eps);
  }

  private Residual.Spec aroundAttention(int layer) {
    Part<Norm> behind = norm(name(layer) + ".post_attention_layernorm", hidden);
    if (traits.norms == Traits.Norms.BEHIND) {
      return new Residual.Spec(null, behind, null, traits.residualScale);
    }
    return new Residual.Spec(
        norm(name(layer) + ".input_layernorm", hidden),
        traits.norms == Traits.Norms.AROUND ? behind : null,
        null,
        traits.residualScale);
  }

  private Residual.Spec aroundFeedForward(int layer) {
    Part<Norm> behind = norm(name(layer) + ".post_feedforward_layernorm", hidden);
    return switch (traits.norms) {
      case BEFORE ->
          new Residual.Spec(
              norm(name(layer) + ".post_attention_layernorm", hidden),
              null,
              null,
              traits.residualScale);
      case BEHIND -> new Residual.Spec(null, behind, null, traits.residualScale);
      case AROUND ->
          new Residual.Spec(
              norm(name(layer) + ".pre_feedforward_layernorm", hidden),
              behind,
              null,
              traits.residualScale);
    };
  }

  private Part<Attention> attention(int layer, @Nullable Rotary rotary) {
    String prefix = name(layer) + ".self_attn";
    Dimension keyHeads = widths.heads(layer, kvHeads);
    long group = heads.size() / kvHeads.size();
    Dimension queryHeads =
        keyHeads.equals(kvHeads) ? heads : new Dimension(keyHeads.size() * group, keyHeads.field());
    Dimension queries = queryHeads.times(headDim).along(Axis.HEADS, keyHeads.size());
    Dimension keys = keyHeads.times(headDim).along(Axis.HEADS, keyHeads.size());
    boolean each = traits.headNorms == Traits.HeadNorms.EACH;
    return new Attention.Spec(
        input(prefix, queries, keys),
        new ProjectionSpec(prefix, "o_proj", queries, hidden, traits.outputBias),
        new Attention.Shape(
            queryHeads.size(), keyHeads.size(), headDim.size(), rotary, scoring(layer)),
        each ? norm(prefix + ".q_norm", headDim) : null,
        each ? norm(prefix + ".k_norm", headDim) : null);
  }

  private Scoring scoring(int layer) {
    double usual = 1 / Math.sqrt((double) headDim.size());
    return new Scoring(
        traits.attentionScale.orElse(usual), traits.attentionCap, traits.window.applyAsLong(layer));
  }

  private Part<QueryKeyValue> input(String prefix, Dimension queries, Dimension keys) {
    boolean bias = traits.inputBias;
    if (traits.joined) {
      return new QueryKeyValue.Joined(
          new ProjectionSpec(prefix, "qkv_proj", hidden, queries.with(keys, keys), bias),
          queries.size(),
          keys.size());
    }
    return new QueryKeyValue.Separate(
        new ProjectionSpec(prefix, "q_proj", hidden, queries, bias),
        new ProjectionSpec(prefix, "k_proj", hidden, keys, bias),
        new ProjectionSpec(prefix, "v_proj", hidden, keys, bias),
        traits.headNorms == Traits.HeadNorms.ALL ? norm(prefix + ".q_norm", queries) : null,
        traits.headNorms == Traits.HeadNorms.ALL ? norm(prefix + ".k_norm", keys) : null);
  }
}
