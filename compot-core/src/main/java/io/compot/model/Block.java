package io.compot.model;

import org.bytedeco.pytorch.Tensor;

/** One Transformer block, loaded. */
public interface Block extends AutoCloseable {

  /**
   * Runs the block.
   *
   * @param hidden [B, T, H] in the computation type; rows are independent sequences without padding
   * @param context what else it may look at
   * @return [B, T, H] in the caller's scope
   */
  Tensor forward(Tensor hidden, Context context);

  /** Runs the block over sequences that start at position 0. */
  default Tensor forward(Tensor hidden) {
    return forward(hidden, Context.none());
  }

  @Override
  void close();
}
