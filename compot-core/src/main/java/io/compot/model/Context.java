package io.compot.model;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a block may look at besides the tokens it is given.
 *
 * @param cache keys and values of the positions before these, which the block extends; null where
 *     the sequences start here
 * @param trees what the rows are where they are no sequences; null where they are
 * @param each the sequences that the rows follow where each follows one of its own; null where they
 *     follow what {@code cache} has
 * @param memory the output of another stack that the block looks at, [B, S, H′]; null where it
 *     looks at none
 * @param layout of the only row, where its positions do not just stand one behind the other; null
 *     where they do
 */
public record Context(
    @Nullable LayerCache cache,
    @Nullable TokenTrees trees,
    OwnSequences.@Nullable Layer each,
    @Nullable Tensor memory,
    @Nullable Layout layout) {

  private static final Context NONE = new Context(null, null);

  /** Where all rows follow the same. */
  public Context(@Nullable LayerCache cache, @Nullable TokenTrees trees) {
    this(cache, trees, null, null, null);
  }

  /** Where each row follows one of its own. */
  static Context of(OwnSequences.Layer each) {
    return new Context(null, null, each, null, null);
  }

  /** Sequences that start at position 0 and look at another stack's output. */
  public static Context lookingAt(Tensor memory) {
    return new Context(null, null, null, memory, null);
  }

  /** The same that looks at another stack's output. */
  Context with(@Nullable Tensor newMemory) {
    return new Context(cache, trees, each, newMemory, layout);
  }

  /** The same behind what was seen before. */
  Context following(@Nullable LayerCache seen) {
    return new Context(seen, trees, each, memory, layout);
  }

  /** The same of a row that lies so. */
  public Context lying(@Nullable Layout newLayout) {
    return new Context(cache, trees, each, memory, newLayout);
  }

  /** Nothing: sequences that start at position 0. */
  public static Context none() {
    return NONE;
  }
}
