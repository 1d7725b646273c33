package io.compot.decode;

import io.compot.kernel.Weight;

/** Keys and values of one layer for the positions that one text has seen. */
public interface LayerMemory {

  /**
   * Adds a position.
   *
   * @param heads of keys
   * @param headDim d
   * @param keys [heads, d] from {@code at}, rotated
   * @param values [heads, d] from {@code at}
   */
  void append(int heads, int headDim, float[] keys, float[] values, int at);

  /** The keys of a head: [room, d], of which the first positions are set. */
  Weight.Plain keys(int head);

  /** Its values. */
  Weight.Plain values(int head);
}
