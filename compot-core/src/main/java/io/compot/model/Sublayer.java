package io.compot.model;

import org.bytedeco.pytorch.Tensor;

/** What a block does between a norm and a sum: attention or a feed-forward layer. */
interface Sublayer {

  /**
   * [B, T, H] to [B, T, H], in the caller's scope.
   *
   * @param context what else it may look at
   */
  Tensor forward(Tensor x, Context context);
}
