package io.compot.kernel;

import static io.compot.kernel.Lanes.BYTES;
import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.F;
import static io.compot.kernel.Lanes.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Rows of F32.
 *
 * @param plain reads single numbers
 */
record VectorFullRows(Weight.Plain weight, PlainRows plain) implements Rows {

  @Override
  public int out() {
    return weight.out();
  }

  @Override
  public int in() {
    return weight.in();
  }

  @Override
  public int width() {
    return weight.in();
  }

  @Override
  public Object order() {
    return plain.order();
  }

  @Override
  public void arrange(float[] x, int from, float[] to, int at) {
    plain.arrange(x, from, to, at);
  }

  @Override
  public void read(int row, float[] to) {
    plain.read(row, to);
  }

  @Override
  public void product(int first, int last, float[] arranged, int count, float[] y, int stride) {
    int in = weight.in();
    for (int row = first; row < last; row++) {
      long base = 4L * row * in;
      for (int i = 0; i < count; i++) {
        y[i * stride + row] = dot(weight.numbers(), base, arranged, i * in, in);
      }
    }
  }

  private static float dot(MemorySegment numbers, long base, float[] x, int at, int in) {
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    FloatVector c = FloatVector.zero(F);
    FloatVector d = FloatVector.zero(F);
    int i = 0;
    for (int end = in - in % (4 * COUNT); i < end; i += 4 * COUNT) {
      long from = base + 4L * i;
      a = load(numbers, from).fma(FloatVector.fromArray(F, x, at + i), a);
      b = load(numbers, from + BYTES).fma(FloatVector.fromArray(F, x, at + i + COUNT), b);
      c = load(numbers, from + 2L * BYTES).fma(FloatVector.fromArray(F, x, at + i + 2 * COUNT), c);
      d = load(numbers, from + 3L * BYTES).fma(FloatVector.fromArray(F, x, at + i + 3 * COUNT), d);
    }
    for (int end = in - in % COUNT; i < end; i += COUNT) {
      a = load(numbers, base + 4L * i).fma(FloatVector.fromArray(F, x, at + i), a);
    }
    float sum = a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
    for (; i < in; i++) {
      sum = Math.fma(NumberType.F32.get(numbers, base / 4 + i), x[at + i], sum);
    }
    return sum;
  }

  private static FloatVector load(MemorySegment numbers, long at) {
    return FloatVector.fromMemorySegment(F, numbers, at, ORDER);
  }
}
