package io.compot.method.sparse;

/**
 * The rank-1 updates of a block of b atoms, one after the other, from products with the residual R₀
 * at the block's start.
 *
 * <p>With x_l, a_l the old and x′_l, a′_l the new coefficients and atoms, atom i sees E = R₀ +
 * Σ_{l≤i} x_l a_lᵀ − Σ_{l<i} x′_l a′_lᵀ. So Eᵀx_i and, by carrying R₀a along with every atom a,
 * also Ea′_i are sums over the block.
 */
final class AtomBlock {

  private final float[][] x;
  private final float[][] a;
  private final float[][] image;
  private final float[][] back;
  private final float[][] backImage;
  private final float[][] support;
  private final float[][] newX;
  private final float[][] newA;
  private final float[][] newImage;

  /**
   * Holds the block; the arrays are only read.
   *
   * @param x old coefficients, [b, n]
   * @param a old atoms, [b, p]
   * @param image R₀a, [b, n]
   * @param back R₀ᵀx, [b, p]
   * @param backImage R₀R₀ᵀx, [b, n]
   * @param support 1 inside, 0 outside, [b, n]
   */
  AtomBlock(
      float[][] x,
      float[][] a,
      float[][] image,
      float[][] back,
      float[][] backImage,
      float[][] support) {
    this.x = x;
    this.a = a;
    this.image = image;
    this.back = back;
    this.backImage = backImage;
    this.support = support;
    this.newX = new float[x.length][];
    this.newA = new float[x.length][];
    this.newImage = new float[x.length][];
  }

  /** Finds the new atoms and coefficients. */
  void update() {
    for (int i = 0; i < x.length; i++) {
      float energy = dot(x[i], x[i]);
      float[] direction = back[i].clone();
      float[] seen = backImage[i].clone();
      addTwo(direction, energy, a[i], 0, a[i]);
      addTwo(seen, energy, image[i], 0, image[i]);
      for (int l = 0; l < i; l++) {
        float before = dot(x[l], x[i]);
        float after = -dot(newX[l], x[i]);
        addTwo(direction, before, a[l], after, newA[l]);
        addTwo(seen, before, image[l], after, newImage[l]);
      }
      float length = (float) Math.sqrt(dot(direction, direction));
      if (energy > 0 && length > 0) {
        accept(i, scaled(direction, length), scaled(seen, length));
      } else {
        newX[i] = x[i];
        newA[i] = a[i];
        newImage[i] = image[i];
      }
    }
  }

  private void accept(int i, float[] atom, float[] seen) {
    float[] coefficients = seen.clone();
    addTwo(coefficients, dot(a[i], atom), x[i], 0, x[i]);
    for (int l = 0; l < i; l++) {
      addTwo(coefficients, dot(a[l], atom), x[l], -dot(newA[l], atom), newX[l]);
    }
    float[] mask = support[i];
    for (int j = 0; j < mask.length; j++) {
      coefficients[j] *= mask[j];
    }
    newX[i] = coefficients;
    newA[i] = atom;
    newImage[i] = seen;
  }

  /** x′, [b, n]. */
  float[][] newCoefficients() {
    return newX;
  }

  /** a′, [b, p]. */
  float[][] newAtoms() {
    return newA;
  }

  private static float[] scaled(float[] values, float length) {
    float scale = 1 / length;
    for (int j = 0; j < values.length; j++) {
      values[j] *= scale;
    }
    return values;
  }

  private static void addTwo(float[] to, float u, float[] first, float v, float[] second) {
    for (int j = 0; j < to.length; j++) {
      to[j] += u * first[j] + v * second[j];
    }
  }

  /** Eight sums side by side, since one would wait for each addition. */
  private static float dot(float[] u, float[] v) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    float s4 = 0;
    float s5 = 0;
    float s6 = 0;
    float s7 = 0;
    int j = 0;
    for (; j + 8 <= u.length; j += 8) {
      s0 += u[j] * v[j];
      s1 += u[j + 1] * v[j + 1];
      s2 += u[j + 2] * v[j + 2];
      s3 += u[j + 3] * v[j + 3];
      s4 += u[j + 4] * v[j + 4];
      s5 += u[j + 5] * v[j + 5];
      s6 += u[j + 6] * v[j + 6];
      s7 += u[j + 7] * v[j + 7];
    }
    for (; j < u.length; j++) {
      s0 += u[j] * v[j];
    }
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
  }
}
