package io.compot.model;

import org.bytedeco.pytorch.Tensor;

/** From the output of the last block to logits. */
public interface Head extends AutoCloseable {

  /**
   * The final norm ({@code hidden.final}); the same tensor where the family has none.
   *
   * @param hidden [..., H], output of the last block
   */
  Tensor normalise(Tensor hidden);

  /**
   * Logits of normalised hidden states.
   *
   * @param normalised [..., H], what {@link #normalise} gave; pass only the positions needed, this
   *     is the widest product of the model
   * @return [..., V] in the computation type, in the caller's scope
   */
  Tensor logits(Tensor normalised);

  @Override
  void close();
}
