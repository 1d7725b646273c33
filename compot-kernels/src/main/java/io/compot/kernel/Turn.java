package io.compot.kernel;

/**
 * An orthogonal matrix R = K·diag(signs), K a Kronecker product of a Hartley matrix of the odd part
 * of its size and Hadamard matrices, applied factor by factor (the fast Walsh-Hadamard transform).
 */
public final class Turn {

  private final float[] signs;
  private final int odd;
  private final float[] hartley;

  /**
   * A rotation.
   *
   * @param signs +1 or −1 for each dimension
   */
  public Turn(float[] signs) {
    this.signs = signs.clone();
    this.odd = signs.length >> Integer.numberOfTrailingZeros(signs.length);
    this.hartley = new float[odd * odd];
    for (int i = 0; i < odd; i++) {
      for (int j = 0; j < odd; j++) {
        double angle = 2 * Math.PI * ((long) i * j % odd) / odd;
        hartley[i * odd + j] =
            (float) ((StrictMath.cos(angle) + StrictMath.sin(angle)) / Math.sqrt(signs.length));
      }
    }
  }

  /** The sign of a dimension. */
  float sign(int index) {
    return signs[index];
  }

  /** Dimensions. */
  public int size() {
    return signs.length;
  }

  /** R·x in place; x begins at {@code at}. */
  void apply(float[] x, int at, float[] scratch) {
    sign(x, at);
    product(x, at, scratch);
  }

  /** Rᵀ·x in place: K is symmetric. */
  void undo(float[] x, int at, float[] scratch) {
    product(x, at, scratch);
    sign(x, at);
  }

  private void sign(float[] x, int at) {
    for (int i = 0; i < signs.length; i++) {
      x[at + i] *= signs[i];
    }
  }

  /** The odd factor is the first digit of an index; all others are Hadamard, of two each. */
  private void product(float[] x, int at, float[] scratch) {
    int n = signs.length;
    int each = n / odd;
    for (int i = 0; i < odd; i++) {
      int row = i * each;
      float first = hartley[i * odd];
      for (int k = 0; k < each; k++) {
        scratch[row + k] = first * x[at + k];
      }
      for (int j = 1; j < odd; j++) {
        add(scratch, row, hartley[i * odd + j], x, at + j * each, each);
      }
    }
    for (int half = 1; half < each; half *= 2) {
      butterflies(scratch, n, half);
    }
    System.arraycopy(scratch, 0, x, at, n);
  }

  private static void add(float[] to, int into, float factor, float[] x, int at, int count) {
    for (int k = 0; k < count; k++) {
      to[into + k] += factor * x[at + k];
    }
  }

  private static void butterflies(float[] x, int n, int half) {
    for (int start = 0; start < n; start += 2 * half) {
      for (int i = start; i < start + half; i++) {
        float a = x[i];
        float b = x[i + half];
        x[i] = a + b;
        x[i + half] = a - b;
      }
    }
  }
}
