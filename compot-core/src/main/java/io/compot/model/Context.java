package io.compot.model;

import org.jspecify.annotations.Nullable;

/**
 * What a block may look at besides the tokens it is given.
 *
 * @param cache keys and values of the positions before these, which the block extends; null where
 *     the sequences start here
 * @param trees what the rows are where they are no sequences; null where they are
 */
public record Context(@Nullable LayerCache cache, @Nullable TokenTrees trees) {

  private static final Context NONE = new Context(null, null);

  /** Nothing: sequences that start at position 0. */
  public static Context none() {
    return NONE;
  }
}
