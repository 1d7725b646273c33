package io.compot.gguf.model;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How llama.cpp has a family of models: the name of its architecture, the names of its tensors, and
 * what stands in its files otherwise than in Hugging Face's checkpoints. As its converter does
 * ({@code convert_hf_to_gguf.py}) and its loaders expect ({@code src/models}).
 */
@SuppressWarnings("ImmutableEnumChecker") // names and traits are, though their types do not say so
public enum GgufFamily {
  LLAMA("LlamaForCausalLM", "llama", TensorNames.LLAMA, Usual.LLAMA, Trait.INTERLEAVED),
  MISTRAL("MistralForCausalLM", "llama", TensorNames.LLAMA, Usual.MISTRAL, Trait.INTERLEAVED),
  MIXTRAL(
      "MixtralForCausalLM",
      "llama",
      TensorNames.MIXTRAL,
      Usual.MISTRAL.with(1e-5).turning(1_000_000),
      Trait.INTERLEAVED,
      Trait.EXPERTS),
  QWEN2("Qwen2ForCausalLM", "qwen2", TensorNames.QWEN, Usual.LLAMA),
  QWEN3("Qwen3ForCausalLM", "qwen3", TensorNames.QWEN, new Usual(0, 128, 2048, 1e-6, 10_000)),
  QWEN2_MOE(
      "Qwen2MoeForCausalLM",
      "qwen2moe",
      TensorNames.QWEN_EXPERTS,
      new Usual(16, 0, 32_768, 1e-6, 10_000),
      Trait.OWN_OUTPUT,
      Trait.EXPERTS),
  QWEN3_MOE(
      "Qwen3MoeForCausalLM",
      "qwen3moe",
      TensorNames.QWEN_EXPERTS,
      new Usual(4, 0, 32_768, 1e-6, 10_000),
      Trait.EXPERTS),
  QWEN3_VL(
      "Qwen3VLForConditionalGeneration",
      "qwen3vl",
      TensorNames.QWEN.under("model.language_model."),
      new Usual(32, 128, 128_000, 1e-6, 500_000),
      Trait.SEES),
  GEMMA2(
      "Gemma2ForCausalLM",
      "gemma2",
      TensorNames.AROUND,
      new Usual(4, 256, 8192, 1e-6, 10_000),
      Trait.OFFSET_NORMS),
  GEMMA3_TEXT(
      "Gemma3ForCausalLM",
      "gemma3",
      TensorNames.AROUND,
      new Usual(4, 256, 131_072, 1e-6, 1_000_000),
      Trait.OFFSET_NORMS),
  GPT2(
      "GPT2LMHeadModel",
      "gpt2",
      TensorNames.GPT2,
      new Usual(0, 0, 1024, 1e-5, 10_000),
      Trait.TURNED_WEIGHTS),
  PHI3("Phi3ForCausalLM", "phi3", TensorNames.JOINED, new Usual(0, 0, 4096, 1e-5, 10_000)),
  OLMO2(
      "Olmo2ForCausalLM",
      "olmo2",
      TensorNames.BEHIND,
      new Usual(0, 0, 2048, 1e-5, 10_000),
      Trait.OWN_OUTPUT),
  GRANITE("GraniteForCausalLM", "granite", TensorNames.LLAMA, Usual.LLAMA, Trait.INTERLEAVED),
  SMOLLM3(
      "SmolLM3ForCausalLM",
      "smollm3",
      TensorNames.QWEN,
      new Usual(4, 0, 32_768, 1e-6, 2_000_000),
      Trait.INTERLEAVED);

  /** What sets files apart from checkpoints. */
  public enum Trait {
    /** Rows of queries and keys stand in pairs ({@link HeadRows}). */
    INTERLEAVED,
    /** Weights of norms are stored with one added. */
    OFFSET_NORMS,
    /** The output matrix is there even where it is the embedding. */
    OWN_OUTPUT,
    /** Every block has experts. */
    EXPERTS,
    /** Checkpoints store projections [in, out]; files never do. */
    TURNED_WEIGHTS,
    /** A language model beside a tower that sees, which files of its own have. */
    SEES
  }

  /**
   * What transformers takes where a configuration says nothing.
   *
   * @param kvHeads 0 for as many as heads
   * @param headDim 0 for width over heads
   */
  record Usual(long kvHeads, long headDim, long context, double eps, double theta) {

    static final Usual LLAMA = new Usual(0, 0, 2048, 1e-6, 10_000);
    static final Usual MISTRAL = new Usual(8, 0, 131_072, 1e-6, 10_000);

    Usual with(double otherEps) {
      return new Usual(kvHeads, headDim, context, otherEps, theta);
    }

    Usual turning(double otherTheta) {
      return new Usual(kvHeads, headDim, context, eps, otherTheta);
    }
  }

  private final String transformersClass;
  private final String architecture;
  private final TensorNames names;
  private final Usual usual;
  private final Set<Trait> traits;

  GgufFamily(
      String transformersClass,
      String architecture,
      TensorNames names,
      Usual usual,
      Trait... traits) {
    this.transformersClass = transformersClass;
    this.architecture = architecture;
    this.names = names;
    this.usual = usual;
    this.traits = Set.of(traits);
  }

  /** The family of a {@code model_type}. */
  public static Optional<GgufFamily> of(String modelType) {
    return Arrays.stream(values()).filter(each -> each.modelType().equals(modelType)).findFirst();
  }

  /**
   * The family that files of an architecture are read as. Of a model that sees, a file has the
   * language model, which is Qwen3's for texts alone.
   *
   * @param experts whether the file has any
   */
  static Optional<GgufFamily> reading(String architecture, boolean experts) {
    String same = architecture.equals(QWEN3_VL.architecture) ? QWEN3.architecture : architecture;
    return Arrays.stream(values())
        .filter(each -> each.architecture.equals(same))
        .filter(each -> each.has(Trait.EXPERTS) == experts)
        .findFirst();
  }

  /** All families, for people. */
  public static String all() {
    return Arrays.stream(values()).map(GgufFamily::modelType).collect(Collectors.joining(", "));
  }

  /** {@code model_type} of a configuration. */
  public String modelType() {
    return name().toLowerCase(Locale.ROOT);
  }

  String transformersClass() {
    return transformersClass;
  }

  /** llama.cpp's name. */
  public String architecture() {
    return architecture;
  }

  /** Names of tensors. */
  public TensorNames names() {
    return names;
  }

  Usual usual() {
    return usual;
  }

  /** Whether files are set apart by this. */
  public boolean has(Trait trait) {
    return traits.contains(trait);
  }

  /** Whether a tensor of a checkpoint is in no file of the language model. */
  public boolean leavesOut(String hub) {
    return has(Trait.SEES) && hub.startsWith("model.visual.");
  }

  /** Whether a tensor of a file is a query's or key's whose rows stand in pairs. */
  public boolean interleaves(String tensor) {
    return has(Trait.INTERLEAVED)
        && List.of(".attn_q.", ".attn_k.").stream().anyMatch(tensor::contains);
  }

  /** Whether a tensor of a file has one added to its numbers. */
  public boolean offsets(String tensor) {
    return has(Trait.OFFSET_NORMS) && tensor.endsWith("norm.weight");
  }

  /** Whether a tensor of a file is stored the other way round in a checkpoint. */
  public boolean turns(String tensor) {
    return has(Trait.TURNED_WEIGHTS)
        && tensor.startsWith("blk.")
        && tensor.endsWith(".weight")
        && !tensor.contains("norm");
  }
}
