package io.compot.decode;

import io.compot.kernel.Kernels;

/** x / √(mean(x²) + ε) · scale (arXiv 1910.07467). */
public final class NormWeights {

  private final float[] scale;
  private final double eps;

  /**
   * @param scale [d]
   */
  public NormWeights(float[] scale, double eps) {
    this.scale = scale;
    this.eps = eps;
  }

  /** See the constructor. */
  public float[] scale() {
    return scale;
  }

  /** See the constructor. */
  public double eps() {
    return eps;
  }

  /** Normalises {@code count} vectors of d, one behind the other, from {@code at} on. */
  void apply(Kernels kernels, float[] x, int at, float[] to, int into, int count) {
    int d = scale.length;
    for (int row = 0; row < count; row++) {
      int from = at + row * d;
      float squares = kernels.dot(x, from, x, from, d);
      float factor = (float) (1 / Math.sqrt(squares / d + eps));
      for (int i = 0; i < d; i++) {
        to[into + row * d + i] = x[from + i] * factor * scale[i];
      }
    }
  }
}
