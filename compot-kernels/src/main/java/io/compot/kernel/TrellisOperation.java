package io.compot.kernel;

import java.util.Arrays;

/**
 * Trellis codes: the vectors are turned, each thread adds up its columns, and the sums are turned
 * back.
 */
final class TrellisOperation extends Operation {

  private final Weight.Trellis weight;
  private final TrellisColumns columns;
  private final float[] scratch;
  private float[] turned = {};
  private float[][] sums = {};

  TrellisOperation(Weight.Trellis weight, TrellisColumns columns, int threads) {
    super(weight.out());
    this.weight = weight;
    this.columns = columns;
    this.scratch = new float[Math.max(weight.in(), weight.out())];
    this.sums = new float[threads][];
    Arrays.fill(sums, new float[0]);
  }

  @Override
  void before(int phase, Vectors x) {
    int count = x.count();
    int in = weight.in();
    turned = roomy(turned, count * in);
    System.arraycopy(x.plain(), 0, turned, 0, count * in);
    for (int i = 0; i < count; i++) {
      weight.inputs().apply(turned, i * in, scratch);
    }
  }

  @Override
  void part(int phase, int part, int parts, int count, float[] y) {
    float[] own = roomy(sums[part], count * out());
    sums[part] = own;
    Arrays.fill(own, 0, count * out(), 0);
    int first = begin(part, parts, weight.in());
    columns.add(first, begin(part + 1, parts, weight.in()), turned, count, own);
  }

  @Override
  void after(int count, float[] y) {
    int all = count * out();
    System.arraycopy(sums[0], 0, y, 0, all);
    for (int part = 1; part < sums.length; part++) {
      for (int i = 0; i < all; i++) {
        y[i] += sums[part][i];
      }
    }
    for (int i = 0; i < count; i++) {
      weight.outputs().undo(y, i * out(), scratch);
    }
  }
}
