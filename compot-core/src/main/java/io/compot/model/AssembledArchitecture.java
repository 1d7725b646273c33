package io.compot.model;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * A model put together from parts.
 *
 * @param blockStacks in the order in which they run; the last ends in the head
 * @param embeddingPart from tokens to the last stack
 * @param images how it takes images; empty where it takes none
 */
record AssembledArchitecture(
    String family,
    List<BlockStack> blockStacks,
    long vocabularySize,
    int contextLength,
    List<Long> endOfText,
    Part<Embedding> embeddingPart,
    Part<Head> headPart,
    Optional<Images> images)
    implements Architecture {

  /** One that takes no images. */
  AssembledArchitecture(
      String family,
      List<BlockStack> blockStacks,
      long vocabularySize,
      int contextLength,
      List<Long> endOfText,
      Part<Embedding> embeddingPart,
      Part<Head> headPart) {
    this(
        family,
        blockStacks,
        vocabularySize,
        contextLength,
        endOfText,
        embeddingPart,
        headPart,
        Optional.empty());
  }

  /** The name of the only stack of a model that only reads and writes text. */
  static final String DECODER = "decoder";

  /** Samples of tokens: of any length. */
  static final List<Long> TOKENS = List.of(-1L);

  /**
   * A decoder-only model.
   *
   * @param layers number of blocks, and the field that says so
   * @param blocksName what the names of all blocks' tensors begin with
   * @param blocks the parts of a block, made when asked for
   */
  static Architecture decoder(
      String family,
      Dimension layers,
      String blocksName,
      Widths widths,
      long hiddenSize,
      long vocabularySize,
      int contextLength,
      List<Long> endOfText,
      Part<Embedding> embedding,
      IntFunction<Part<Block>> blocks,
      Part<Head> head) {
    var stack =
        new BlockStack(
            DECODER, layers, blocksName, widths, hiddenSize, null, embedding, TOKENS, blocks, null);
    return new AssembledArchitecture(
        family, List.of(stack), vocabularySize, contextLength, endOfText, embedding, head);
  }

  @Override
  public List<Stack> stacks() {
    return List.copyOf(blockStacks);
  }

  @Override
  public Stream<TensorSpec> headTensors() {
    return headPart.tensors();
  }

  @Override
  public Embedding embedding(WeightLoader loader) throws InputException {
    return Weights.load(embeddingPart, loader);
  }

  @Override
  public Head head(WeightLoader loader) throws InputException {
    return Weights.load(headPart, loader);
  }

  /** {@code eos_token_id}: a number, a list of numbers, or absent. */
  static List<Long> endOfText(ConfigFile config) throws InputException {
    return config.tokenIds("eos_token_id").stream().map(Integer::longValue).toList();
  }
}
