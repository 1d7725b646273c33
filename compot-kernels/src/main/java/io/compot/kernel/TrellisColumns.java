package io.compot.kernel;

/** The columns of trellis codes, to be added up with factors. */
interface TrellisColumns {

  /**
   * y[i·out + row] += x[i·in + column] · value(row, column) over some columns.
   *
   * @param count vectors
   */
  void add(int first, int last, float[] x, int count, float[] y);
}
