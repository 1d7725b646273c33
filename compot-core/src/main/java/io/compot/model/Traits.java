package io.compot.model;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.OptionalDouble;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What sets a family apart from Llama. Its family makes it, one call a difference, and nobody
 * changes it afterwards.
 */
final class Traits {

  /** Where the norms of a block stand, and so their names. */
  enum Norms {
    /** Before attention and feed-forward layer: Llama. */
    BEFORE,
    /** Behind them, before the sum: OLMo 2. */
    BEHIND,
    /** Both: Gemma 2. */
    AROUND
  }

  /** What is normalised of queries and keys. */
  enum HeadNorms {
    /** Nothing. */
    NONE,
    /** Every head by itself. */
    EACH,
    /** All heads together. */
    ALL
  }

  /** How the layers turn positions. */
  interface Rotation {

    /**
     * The rotation of each layer, null for none.
     *
     * @param headDim even
     * @param context {@code max_position_embeddings}
     * @throws InputException where a field is unknown or missing
     */
    IntFunction<@Nullable Rotary> of(ConfigFile config, int headDim, int context)
        throws InputException;

    /**
     * The same in all layers.
     *
     * @param theta the base where the config says none
     */
    static Rotation from(double theta) {
      return (config, headDim, context) -> {
        Rotary rotary = RopeSettings.read(config, headDim, context, theta);
        return layer -> rotary;
      };
    }
  }

  /** What the names of most families' tensors begin with. */
  static final String UNDER = "model";

  /** {@code model_type}. */
  final String family;

  /** What the names of its tensors begin with. */
  String under = UNDER;

  /** Default of {@code num_key_value_heads} where it is absent; 0 for as many as heads. */
  int kvHeads;

  /** Default of {@code head_dim}; 0 for hidden size / heads. */
  int headDim;

  /** Default of {@code max_position_embeddings}. */
  int context = 2048;

  /** Default of {@code rms_norm_eps}. */
  double eps = 1e-6;

  /** Default of {@code tie_word_embeddings}. */
  boolean tied;

  /** The field that names the activation. */
  String activationField = "hidden_act";

  /** Its default. */
  String activation = "silu";

  /** Whether q, k and v have a bias. */
  boolean inputBias;

  /** Whether the attention's output projection has one. */
  boolean outputBias;

  /** Whether q, k and v are one projection, and gate and up another. */
  boolean joined;

  HeadNorms headNorms = HeadNorms.NONE;

  Norms norms = Norms.BEFORE;

  /** Whether norms multiply by one more than their weight. */
  boolean offsetNorms;

  /** Tokens that a layer's tokens see. */
  IntToLongFunction window = layer -> CausalAttention.NO_WINDOW;

  Rotation rotation = Rotation.from(RopeSettings.USUAL_THETA);

  /** What products of queries and keys are multiplied by; empty for 1/√d. */
  OptionalDouble attentionScale = OptionalDouble.empty();

  /** What attention scores stay below; 0 for no cap. */
  double attentionCap;

  /** What logits stay below; 0 for no cap. */
  double logitCap;

  /** What logits are divided by. */
  double logitDivisor = 1;

  /** What the embedding's rows are multiplied by; empty for nothing, so that nothing is rounded. */
  OptionalDouble embeddingScale = OptionalDouble.empty();

  /** What each part of a block adds is multiplied by. */
  double residualScale = 1;

  private Traits(String family) {
    this.family = family;
  }

  /** As Llama: as many key heads as heads, no biases, no window. */
  static Traits llama(String family) {
    return new Traits(family);
  }

  /** With other defaults of fields that a config may leave out. */
  Traits withDefaults(int usualKvHeads, int usualHeadDim, int usualContext) {
    kvHeads = usualKvHeads;
    headDim = usualHeadDim;
    context = usualContext;
    return this;
  }

  /** With other names. */
  Traits under(String prefix) {
    under = prefix;
    return this;
  }

  /** With another default of the norms' ε. */
  Traits withEps(double usual) {
    eps = usual;
    return this;
  }

  /** With one table for embedding and output, where the config does not say. */
  Traits withTiedTables() {
    tied = true;
    return this;
  }

  /** With an activation that another field names. */
  Traits withActivation(String field, String usual) {
    activationField = field;
    activation = usual;
    return this;
  }

  /** With biases of q, k and v, where there are any. */
  Traits withInputBias(boolean present) {
    inputBias = present;
    return this;
  }

  /** With a bias of the attention's output, where there is one. */
  Traits withOutputBias(boolean present) {
    outputBias = present;
    return this;
  }

  /** With q, k and v in one projection, and gate and up in another. */
  Traits withJoinedProjections() {
    joined = true;
    return this;
  }

  /** With norms of queries and keys. */
  Traits withHeadNorms(HeadNorms which) {
    headNorms = which;
    return this;
  }

  /** With norms elsewhere. */
  Traits withNorms(Norms where) {
    norms = where;
    return this;
  }

  /** With norms that multiply by one more than their weight. */
  Traits withOffsetNorms() {
    offsetNorms = true;
    return this;
  }

  /** With layers that see only so many tokens. */
  Traits withWindow(IntToLongFunction tokens) {
    window = tokens;
    return this;
  }

  /** With rotations of their own. */
  Traits withRotation(Rotation each) {
    rotation = each;
    return this;
  }

  /** With scores multiplied by another number than 1/√d, and capped where the cap is not 0. */
  Traits withScores(double scale, double cap) {
    attentionScale = OptionalDouble.of(scale);
    attentionCap = cap;
    return this;
  }

  /** With logits divided by a number, and capped where the cap is not 0. */
  Traits withLogits(double divisor, double cap) {
    logitDivisor = divisor;
    logitCap = cap;
    return this;
  }

  /** With the embedding's rows multiplied. */
  Traits withEmbeddingScale(double scale) {
    embeddingScale = OptionalDouble.of(scale);
    return this;
  }

  /** With what attention and feed-forward layer add multiplied. */
  Traits withResidualScale(double scale) {
    residualScale = scale;
    return this;
  }
}
