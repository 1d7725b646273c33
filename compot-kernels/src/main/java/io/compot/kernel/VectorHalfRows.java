package io.compot.kernel;

import static io.compot.kernel.Halves.BLOCK;
import static io.compot.kernel.Lanes.BYTES;
import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.F;
import static io.compot.kernel.Lanes.I;
import static io.compot.kernel.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Rows of F16, two numbers a word: a vector of words is one of their lower and one of their upper
 * halves, so the numbers of x are put in that order and nothing crosses lanes. Sign, exponent and
 * fraction are moved to where a float has them, which makes a float 2^112 times as small; x is made
 * larger by half of that and the sum by the other half, so that neither leaves the range of floats.
 * What has no leading bit as a half has none as a float, and is slower, and exact.
 *
 * @param plain reads single numbers
 */
record VectorHalfRows(Weight.Plain weight, PlainRows plain) implements Rows {

  private static final float HALF_WAY = 0x1p56f;

  /** Sign, exponent and fraction of a half, in a float's places. */
  private static final int BITS = 0x8fffe000;

  /** {@link Halves} of a vector so many times as large. */
  private record Larger(int count) {}

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
    return new Larger(weight.in());
  }

  @Override
  public void arrange(float[] x, int from, float[] to, int at) {
    int in = weight.in();
    new Halves(in).arrange(x, from, to, at);
    for (int i = at; i < at + in - in % BLOCK; i++) {
      to[i] *= HALF_WAY;
    }
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
      IntVector one = IntVector.fromMemorySegment(I, numbers, base + 2L * i, ORDER);
      IntVector two = IntVector.fromMemorySegment(I, numbers, base + 2L * i + BYTES, ORDER);
      a =
          one.lanewise(LSHL, 16)
              .lanewise(ASHR, 3)
              .and(BITS)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, at + i), a);
      b =
          one.lanewise(ASHR, 3)
              .and(BITS)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, at + i + COUNT), b);
      c =
          two.lanewise(LSHL, 16)
              .lanewise(ASHR, 3)
              .and(BITS)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, at + i + 2 * COUNT), c);
      d =
          two.lanewise(ASHR, 3)
              .and(BITS)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, at + i + 3 * COUNT), d);
    }
    for (int end = in - in % BLOCK; i < end; i += BLOCK) {
      IntVector one = IntVector.fromMemorySegment(I, numbers, base + 2L * i, ORDER);
      a = low(one).fma(FloatVector.fromArray(F, x, at + i), a);
      b = high(one).fma(FloatVector.fromArray(F, x, at + i + COUNT), b);
    }
    return rest(numbers, base, x, at, i, in, sum(a.add(c), b.add(d)));
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
      IntVector words = IntVector.fromMemorySegment(I, numbers, base + 2L * i, ORDER);
      FloatVector low = low(words);
      FloatVector high = high(words);
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

  private static FloatVector low(IntVector words) {
    return high(words.lanewise(LSHL, 16));
  }

  private static FloatVector high(IntVector words) {
    return words.lanewise(ASHR, 3).and(BITS).reinterpretAsFloats();
  }

  private static float sum(FloatVector one, FloatVector two) {
    return HALF_WAY * one.add(two).reduceLanes(ADD);
  }

  private static float rest(
      MemorySegment numbers, long base, float[] x, int at, int from, int in, float sum) {
    float whole = sum;
    for (int i = from; i < in; i++) {
      whole = Math.fma(NumberType.F16.get(numbers, base / 2 + i), x[at + i], whole);
    }
    return whole;
  }
}
