package io.compot.model;

import org.jspecify.annotations.Nullable;

/**
 * What a block may look at besides the tokens it is given.
 *
 * @param cache keys and values of the positions before these, which the block extends; null where
 *     the sequences start here
 * @param trees what the rows are where they are no sequences; null where they are
 * @param each the sequences that the rows follow where each follows one of its own; null where they
 *     follow what {@code cache} has
 */
public record Context(
    @Nullable LayerCache cache, @Nullable TokenTrees trees, OwnSequences.@Nullable Layer each) {

  private static final Context NONE = new Context(null, null);

  /** Where all rows follow the same. */
  public Context(@Nullable LayerCache cache, @Nullable TokenTrees trees) {
    this(cache, trees, null);
  }

  /** Nothing: sequences that start at position 0. */
  public static Context none() {
    return NONE;
  }
}
