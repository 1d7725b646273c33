package io.compot.kernel;

/** The rows of a sparse code, to be multiplied by vectors. */
interface CodeRows {

  /** Floats of a vector, k or more; those behind k are zero. */
  int width();

  /** Puts a vector of k in order, as {@link Rows#arrange}. */
  void arrange(float[] x, int from, float[] to, int at);

  /** Some rows times several vectors, as {@link Rows#product}. */
  void product(int first, int last, float[] arranged, int count, float[] y, int stride);
}
