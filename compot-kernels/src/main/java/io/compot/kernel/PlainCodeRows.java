package io.compot.kernel;

/** Values where the mask says, one after the other. */
final class PlainCodeRows implements CodeRows {

  private final Weight.Sparse weight;
  private final Support support;
  private final ValueStream values;

  PlainCodeRows(Weight.Sparse weight) {
    this.weight = weight;
    this.support = Support.of(weight);
    this.values = new ValueStream(weight.values());
  }

  @Override
  public int width() {
    return weight.k();
  }

  @Override
  public void arrange(float[] x, int from, float[] to, int at) {
    System.arraycopy(x, from, to, at, weight.k());
  }

  @Override
  public void product(int first, int last, float[] arranged, int count, float[] y, int stride) {
    float[] own = new float[weight.k()];
    float[] row = new float[weight.values().in()];
    for (int r = first; r < last; r++) {
      values.read(support.starts()[r], support.count(r), own, row);
      for (int i = 0; i < count; i++) {
        y[i * stride + r] = dot(r, own, arranged, i * weight.k());
      }
    }
  }

  private float dot(int row, float[] own, float[] x, int at) {
    float sum = 0;
    int next = 0;
    for (int i = 0; i < support.rowBytes(); i++) {
      for (int bits = support.bits(row, i); bits != 0; bits &= bits - 1) {
        sum = Math.fma(own[next++], x[at + 8 * i + Integer.numberOfTrailingZeros(bits)], sum);
      }
    }
    return sum;
  }
}
