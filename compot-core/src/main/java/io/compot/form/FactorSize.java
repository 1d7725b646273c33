package io.compot.form;

/** The size of the factors that replace one weight, known before any work is done. */
public sealed interface FactorSize permits SparseSize, LowRankSize {

  /**
   * Exact bits on disk.
   *
   * @param in input features of the projection
   * @param out output features
   * @param b bits a stored number
   */
  long bits(long in, long out, int b);
}
