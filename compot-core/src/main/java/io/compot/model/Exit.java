package io.compot.model;

import org.bytedeco.pytorch.Tensor;

/** From the output of a stack's last block to what other stacks look at. */
public interface Exit extends AutoCloseable {

  /**
   * What they look at.
   *
   * @param hidden [B, S, H], output of the last block
   * @return [B, S, H] in the caller's scope
   */
  Tensor forward(Tensor hidden);

  @Override
  void close();
}
