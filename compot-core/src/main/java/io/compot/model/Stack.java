package io.compot.model;

import io.compot.error.InputException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Blocks over one stream of hidden states: a decoder is one; a model that hears or sees has one for
 * that, too. Nothing of it is loaded until asked for.
 */
public interface Stack {

  /** Its name in the model: decoder, encoder, … */
  String name();

  /** Number of blocks, and the field of the configuration that says so. */
  Dimension count();

  /** Number of blocks. */
  default int blocks() {
    return Math.toIntExact(count().size());
  }

  /** Width H of the hidden states between blocks. */
  long width();

  /** Which of its blocks are narrower than the configuration says. */
  Widths widths();

  /** What the names of a block's tensors begin with, without the dot behind it. */
  String blockName(int block);

  /** Every tensor that it reads, block after block; lazy, since a config may lie. */
  Stream<TensorSpec> tensors();

  /** The tensors of one block. */
  Stream<TensorSpec> tensors(int block);

  /**
   * The linear projections of a block, grouped by the input they share, in the order in which the
   * block applies them.
   *
   * @param block 0 to {@link #blocks()} - 1
   */
  List<SharedInput> projections(int block);

  /**
   * The projection that ends a block, where nothing but a sum stands behind it: empty for blocks
   * with a norm there, and for mixtures of experts.
   */
  default Optional<Closing> closing(int block) {
    return Optional.empty();
  }

  /** Those of all blocks. */
  default Stream<SharedInput> projections() {
    return IntStream.range(0, blocks()).boxed().flatMap(block -> projections(block).stream());
  }

  /** The stack whose output its blocks look at; empty for most. */
  Optional<String> looksAt();

  /** The shape of one sample that its entry takes; -1 where it may have any size. */
  List<Long> sampleShape();

  /** Loads what makes its first hidden states; the caller closes it. */
  Entry entry(WeightLoader loader) throws InputException;

  /** Loads one block; the caller closes it. */
  Block block(int block, WeightLoader loader) throws InputException;

  /**
   * Loads what makes of its last hidden states what other stacks look at; the caller closes it.
   *
   * @throws IllegalStateException where no other stack looks at it
   */
  Exit exit(WeightLoader loader) throws InputException;
}
