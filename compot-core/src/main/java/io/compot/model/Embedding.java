package io.compot.model;

import org.bytedeco.pytorch.Tensor;

/** From tokens to the input of block 0. */
public interface Embedding extends Entry {

  /** The same of tokens that start at position 0. */
  @Override
  default Tensor forward(Tensor tokens, Context context) {
    return forward(tokens, 0);
  }

  /**
   * The hidden states that enter block 0 ({@code hidden.0}).
   *
   * @param tokens I64 [B, T], each in [0, vocabulary size)
   * @param offset position of the first token of every row
   * @return [B, T, H] in the caller's scope
   */
  Tensor forward(Tensor tokens, long offset);

  /**
   * The same for tokens that do not stand one behind the other.
   *
   * @param tokens I64 [B, T]
   * @param positions I64 [B, T]
   */
  Tensor forward(Tensor tokens, Tensor positions);
}
