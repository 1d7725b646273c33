package io.compot.kernel;

/** Plain Java: what others are held to, and what runs where they cannot. */
final class PlainArithmetic implements Arithmetic {

  @Override
  public String name() {
    return "plain Java";
  }

  @Override
  public Rows rows(Weight.ByRows weight) {
    return new PlainRows(weight);
  }

  @Override
  public CodeRows code(Weight.Sparse weight) {
    return new PlainCodeRows(weight);
  }

  @Override
  public TrellisColumns columns(Weight.Trellis weight) {
    return new PlainTrellisColumns(weight);
  }

  @Override
  public float dot(float[] a, int aAt, float[] b, int bAt, int n) {
    float even = 0;
    float odd = 0;
    int i = 0;
    for (; i + 2 <= n; i += 2) {
      even = Math.fma(a[aAt + i], b[bAt + i], even);
      odd = Math.fma(a[aAt + i + 1], b[bAt + i + 1], odd);
    }
    return i < n ? Math.fma(a[aAt + i], b[bAt + i], even + odd) : even + odd;
  }

  @Override
  public void combine(
      Weight.Plain w, int first, int last, float[] factors, int factorsAt, float[] y, int yAt) {
    java.util.Arrays.fill(y, yAt, yAt + w.in(), 0);
    for (int row = first; row < last; row++) {
      float factor = factors[factorsAt + row];
      for (int i = 0; i < w.in(); i++) {
        float number = w.type().get(w.numbers(), (long) row * w.in() + i);
        y[yAt + i] = Math.fma(factor, number, y[yAt + i]);
      }
    }
  }

  @Override
  public void silu(float[] gate, float[] up, int from, int to) {
    for (int i = from; i < to; i++) {
      gate[i] = (float) (gate[i] / (1 + Math.exp(-gate[i])) * up[i]);
    }
  }

  @Override
  public float exponentials(float[] x, int from, int to, float largest) {
    float sum = 0;
    for (int i = from; i < to; i++) {
      x[i] = (float) Math.exp(x[i] - largest);
      sum += x[i];
    }
    return sum;
  }
}
