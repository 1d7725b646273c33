package io.compot.model;

import org.bytedeco.pytorch.Tensor;

/** The part of a block that treats every token by itself. */
interface FeedForward extends Sublayer {

  @Override
  default Tensor forward(Tensor x, Context context) {
    return apply(x);
  }

  /** [B, T, H] to [B, T, H], in the caller's scope. */
  Tensor apply(Tensor x);
}
