package io.compot.model;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** One Transformer block, loaded. */
public interface Block extends AutoCloseable {

  /**
   * Runs the block.
   *
   * @param hidden [B, T, H] in the computation type; rows are independent sequences without padding
   * @param cache keys and values of the positions before these, which it extends; null where the
   *     sequences start here
   * @param trees what the rows are where they are no sequences; null where they are
   * @return [B, T, H] in the caller's scope
   */
  Tensor forward(Tensor hidden, @Nullable LayerCache cache, @Nullable TokenTrees trees);

  /** Runs the block over sequences that start at position 0. */
  default Tensor forward(Tensor hidden) {
    return forward(hidden, null, null);
  }

  @Override
  void close();
}
