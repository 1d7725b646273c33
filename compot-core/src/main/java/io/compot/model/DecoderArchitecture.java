package io.compot.model;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A decoder-only model put together from parts.
 *
 * @param blocksName what the names of all blocks' tensors begin with
 * @param blocks the parts of a block, made when asked for
 */
record DecoderArchitecture(
    String family,
    int layers,
    String blocksName,
    Widths widths,
    long hiddenSize,
    long vocabularySize,
    int contextLength,
    List<Long> endOfText,
    Part<Embedding> embeddingPart,
    IntFunction<Part<Block>> blocks,
    Part<Head> headPart)
    implements Architecture {

  /** The name of its only stack. */
  private static final String STACK = "decoder";

  @Override
  public Stream<TensorSpec> tensors() {
    // Concatenation stays lazy where flattening three streams would gather the middle one.
    Stream<TensorSpec> middle = IntStream.range(0, layers).boxed().flatMap(layer -> tensors(layer));
    return Stream.concat(Stream.concat(embeddingPart.tensors(), middle), headPart.tensors());
  }

  @Override
  public String blockName(int layer) {
    return blocksName + "." + layer;
  }

  @Override
  public Stream<TensorSpec> tensors(int layer) {
    return blocks.apply(layer).tensors();
  }

  @Override
  public List<SharedInput> projections(int layer) {
    return blocks.apply(layer).projections().stream()
        .map(input -> input.map(projection -> projection.placed(STACK, layer)))
        .toList();
  }

  @Override
  public Embedding embedding(WeightLoader loader) throws InputException {
    return load(embeddingPart, loader);
  }

  @Override
  public Block block(int layer, WeightLoader loader) throws InputException {
    return load(blocks.apply(layer), loader);
  }

  @Override
  public Head head(WeightLoader loader) throws InputException {
    return load(headPart, loader);
  }

  private static <T> T load(Part<T> part, WeightLoader loader) throws InputException {
    Weights weights = new Weights(loader);
    boolean whole = false;
    try {
      T loaded = part.load(weights);
      whole = true;
      return loaded;
    } finally {
      if (!whole) {
        weights.close();
      }
    }
  }

  /** {@code eos_token_id}: a number, a list of numbers, or absent. */
  static List<Long> endOfText(ConfigFile config) throws InputException {
    return config.tokenIds("eos_token_id").stream().map(Integer::longValue).toList();
  }
}
