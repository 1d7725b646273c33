package io.compot.kernel;

import static io.compot.kernel.Halves.BLOCK;
import static io.compot.kernel.Lanes.BYTES;
import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.F;
import static io.compot.kernel.Lanes.I;
import static io.compot.kernel.Lanes.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Rows of BF16, two numbers a word: a vector of words is one of their lower and one of their upper
 * halves, so the numbers of x are put in that order and nothing crosses lanes.
 *
 * @param plain reads single numbers
 */
record VectorBriefRows(Weight.Plain weight, PlainRows plain) implements Rows {

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
    return new Halves(weight.in());
  }

  @Override
  public void arrange(float[] x, int from, float[] to, int at) {
    new Halves(weight.in()).arrange(x, from, to, at);
  }

  @Override
  public void read(int row, float[] to) {
    plain.read(row, to);
  }

  @Override
  public void product(int first, int last, float[] arranged, int count, float[] y, int stride) {
    int in = weight.in();
    MemorySegment numbers = weight.numbers();
    for (int row = first; row < last; row++) {
      long base = 2L * row * in;
      int i = 0;
      for (; i + 4 <= count; i += 4) {
        dots(numbers, base, arranged, i * in, in, y, i * stride + row, stride);
      }
      for (; i < count; i++) {
        y[i * stride + row] = dot(numbers, base, arranged, i * in, in);
      }
    }
  }

  private static float dot(MemorySegment numbers, long base, float[] x, int at, int in) {
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    FloatVector c = FloatVector.zero(F);
    FloatVector d = FloatVector.zero(F);
    int i = 0;
    for (int end = in - in % (2 * BLOCK); i < end; i += 2 * BLOCK) {
      IntVector one = load(numbers, base + 2L * i);
      IntVector two = load(numbers, base + 2L * i + BYTES);
      a = Lanes.low(one).fma(FloatVector.fromArray(F, x, at + i), a);
      b = Lanes.high(one).fma(FloatVector.fromArray(F, x, at + i + COUNT), b);
      c = Lanes.low(two).fma(FloatVector.fromArray(F, x, at + i + 2 * COUNT), c);
      d = Lanes.high(two).fma(FloatVector.fromArray(F, x, at + i + 3 * COUNT), d);
    }
    for (int end = in - in % BLOCK; i < end; i += BLOCK) {
      IntVector one = load(numbers, base + 2L * i);
      a = Lanes.low(one).fma(FloatVector.fromArray(F, x, at + i), a);
      b = Lanes.high(one).fma(FloatVector.fromArray(F, x, at + i + COUNT), b);
    }
    float sum = a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
    return rest(numbers, base, x, at, i, in, sum);
  }

  /** Four vectors at once, so that a word is taken apart once. */
  private static void dots(
      MemorySegment numbers, long base, float[] x, int at, int in, float[] y, int to, int stride) {
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    FloatVector c = FloatVector.zero(F);
    FloatVector d = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector b2 = FloatVector.zero(F);
    FloatVector c2 = FloatVector.zero(F);
    FloatVector d2 = FloatVector.zero(F);
    int i = 0;
    for (int end = in - in % BLOCK; i < end; i += BLOCK) {
      IntVector words = load(numbers, base + 2L * i);
      FloatVector low = Lanes.low(words);
      FloatVector high = Lanes.high(words);
      int from = at + i;
      a = low.fma(FloatVector.fromArray(F, x, from), a);
      b = low.fma(FloatVector.fromArray(F, x, from + in), b);
      c = low.fma(FloatVector.fromArray(F, x, from + 2 * in), c);
      d = low.fma(FloatVector.fromArray(F, x, from + 3 * in), d);
      a2 = high.fma(FloatVector.fromArray(F, x, from + COUNT), a2);
      b2 = high.fma(FloatVector.fromArray(F, x, from + in + COUNT), b2);
      c2 = high.fma(FloatVector.fromArray(F, x, from + 2 * in + COUNT), c2);
      d2 = high.fma(FloatVector.fromArray(F, x, from + 3 * in + COUNT), d2);
    }
    y[to] = rest(numbers, base, x, at, i, in, sum(a, a2));
    y[to + stride] = rest(numbers, base, x, at + in, i, in, sum(b, b2));
    y[to + 2 * stride] = rest(numbers, base, x, at + 2 * in, i, in, sum(c, c2));
    y[to + 3 * stride] = rest(numbers, base, x, at + 3 * in, i, in, sum(d, d2));
  }

  private static float sum(FloatVector one, FloatVector two) {
    return one.add(two).reduceLanes(VectorOperators.ADD);
  }

  private static float rest(
      MemorySegment numbers, long base, float[] x, int at, int from, int in, float sum) {
    float whole = sum;
    for (int i = from; i < in; i++) {
      whole = Math.fma(NumberType.BF16.get(numbers, base / 2 + i), x[at + i], whole);
    }
    return whole;
  }

  private static IntVector load(MemorySegment numbers, long at) {
    return IntVector.fromMemorySegment(I, numbers, at, ORDER);
  }
}
