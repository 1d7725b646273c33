package io.compot.model;

import io.compot.error.InputException;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A stack put together from parts.
 *
 * @param count number of blocks, and the field that says so
 * @param blocksName what the names of all blocks' tensors begin with
 * @param memory the stack that its blocks look at, or null
 * @param entryPart makes the first hidden states
 * @param sampleShape of one sample that it takes; -1 where it may have any size
 * @param parts the parts of a block, made when asked for
 * @param exitPart makes what other stacks look at, or null where none does
 */
record BlockStack(
    String name,
    Dimension count,
    String blocksName,
    Widths widths,
    long width,
    @Nullable String memory,
    Part<? extends Entry> entryPart,
    List<Long> sampleShape,
    IntFunction<Part<Block>> parts,
    @Nullable Part<Exit> exitPart)
    implements Stack {

  @Override
  public String blockName(int block) {
    return blocksName + "." + block;
  }

  @Override
  public Stream<TensorSpec> tensors() {
    // Concatenation stays lazy where flattening three streams would gather the middle one.
    Stream<TensorSpec> middle = IntStream.range(0, blocks()).boxed().flatMap(this::tensors);
    return Stream.concat(Stream.concat(entryPart.tensors(), middle), exitTensors());
  }

  private Stream<TensorSpec> exitTensors() {
    return exitPart == null ? Stream.empty() : exitPart.tensors();
  }

  @Override
  public Stream<TensorSpec> tensors(int block) {
    return parts.apply(block).tensors();
  }

  @Override
  public List<SharedInput> projections(int block) {
    return parts.apply(block).projections().stream()
        .map(input -> input.map(projection -> projection.placed(name, block)))
        .toList();
  }

  @Override
  public Optional<Closing> closing(int block) {
    return parts.apply(block) instanceof DecoderBlock.Spec spec
        ? spec.closing()
            .map(each -> new Closing(each.projection().placed(name, block), each.multiplier()))
        : Optional.empty();
  }

  @Override
  public Optional<String> looksAt() {
    return Optional.ofNullable(memory);
  }

  @Override
  public Entry entry(WeightLoader loader) throws InputException {
    return Weights.load(entryPart, loader);
  }

  @Override
  public Block block(int block, WeightLoader loader) throws InputException {
    return Weights.load(parts.apply(block), loader);
  }

  @Override
  public Exit exit(WeightLoader loader) throws InputException {
    if (exitPart == null) {
      throw new IllegalStateException("nothing looks at the " + name);
    }
    return Weights.load(exitPart, loader);
  }
}
