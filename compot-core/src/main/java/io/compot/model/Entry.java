package io.compot.model;

import org.bytedeco.pytorch.Tensor;

/** From what a stack is given to the input of its block 0. */
public interface Entry extends AutoCloseable {

  /**
   * The hidden states that enter block 0 ({@code hidden.0}).
   *
   * @param samples what the stack is given, one each in the first dimension: for a decoder tokens,
   *     I64 [B, T]
   * @param context how the samples lie, where the stack asks for that
   * @return [B, T, H] in the caller's scope
   */
  Tensor forward(Tensor samples, Context context);

  @Override
  void close();
}
