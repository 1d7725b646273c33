package io.compot.kernel;

/**
 * The rows of a matrix, to be multiplied by vectors. A vector is first put into the order in which
 * the matrix reads it, once for all rows.
 */
interface Rows {

  /** Rows. */
  int out();

  /** Columns. */
  int in();

  /** Floats of an arranged vector. */
  int width();

  /** Stands for the order of an arranged vector: equal where {@link #arrange} does the same. */
  Object order();

  /**
   * Puts a vector in order.
   *
   * @param x the vector begins at {@code from}
   * @param to takes {@link #width} floats from {@code at}
   */
  void arrange(float[] x, int from, float[] to, int at);

  /**
   * Some rows times several vectors: y[i·stride + row], i below {@code count}.
   *
   * @param arranged the vectors, one behind the other
   */
  void product(int first, int last, float[] arranged, int count, float[] y, int stride);

  /**
   * The numbers of a row.
   *
   * @param to takes them from its beginning, in the order of the columns
   */
  void read(int row, float[] to);
}
