package io.compot.kernel;

import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.F;
import static io.compot.kernel.Lanes.I;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Trellis codes of as many columns as a vector has lanes: all lanes are at the same step, and so
 * shift alike. A state is cut out of its words by one shift and one mask, multiplied in 16 bits,
 * and its value computed.
 */
final class VectorTrellisColumns implements TrellisColumns {

  private final Weight.Trellis weight;
  private final PlainTrellisColumns plain;

  /** Words of the window of each step, by ring length: whole ones, or those half a word later. */
  private final StepWindows full;

  private final StepWindows last;

  VectorTrellisColumns(Weight.Trellis weight) {
    this.weight = weight;
    this.plain = new PlainTrellisColumns(weight);
    this.full = StepWindows.of(weight, weight.steps(0), COUNT);
    this.last = StepWindows.of(weight, weight.steps(weight.rings() - 1), COUNT);
  }

  @Override
  public void add(int first, int last, float[] x, int count, float[] y) {
    int whole = first + (last - first) / COUNT * COUNT;
    float[] sums = new float[count * weight.sequence() * COUNT];
    int[] words = new int[2 * (weight.ringWords(0) + 1) * COUNT];
    float[] factors = new float[count * COUNT];
    int wordsBefore = 0;
    for (int ring = 0; ring < weight.rings(); ring++) {
      Arrays.fill(sums, 0);
      StepWindows windows = ring == weight.rings() - 1 ? this.last : full;
      for (int column = first; column < whole; column += COUNT) {
        load(column, wordsBefore, weight.ringWords(ring), windows.bits(), words);
        for (int i = 0; i < count; i++) {
          System.arraycopy(x, i * weight.in() + column, factors, i * COUNT, COUNT);
        }
        steps(windows, words, factors, count, sums);
      }
      reduce(sums, windows.steps(), count, y, ring * weight.sequence());
      wordsBefore += weight.ringWords(ring);
    }
    plain.add(whole, last, x, count, y);
  }

  /** The rings of neighbouring columns, word by word; then the same words half a word later. */
  private void load(int column, int wordsBefore, int ringWords, int total, int[] words) {
    MemorySegment codes = weight.codes();
    long stride = 4L * weight.columnWords();
    long at = column * stride + 4L * wordsBefore;
    for (int lane = 0; lane < COUNT; lane++) {
      for (int i = 0; i < ringWords; i++) {
        words[i * COUNT + lane] = codes.get(JAVA_INT_UNALIGNED, at + lane * stride + 4L * i);
      }
    }
    int rest = total % Integer.SIZE;
    IntVector begin = word(words, 0);
    if (rest == 0) {
      begin.intoArray(words, ringWords * COUNT);
    } else {
      int end = (ringWords - 1) * COUNT;
      IntVector joined = begin.lanewise(VectorOperators.LSHL, rest).or(word(words, ringWords - 1));
      joined.intoArray(words, end);
      begin.lanewise(VectorOperators.LSHR, Integer.SIZE - rest).intoArray(words, end + COUNT);
    }
    int half = (ringWords + 2) * COUNT;
    begin.lanewise(VectorOperators.LSHL, 16).intoArray(words, half - COUNT);
    for (int i = 0; i < ringWords; i++) {
      word(words, i)
          .lanewise(VectorOperators.LSHR, 16)
          .or(word(words, i + 1).lanewise(VectorOperators.LSHL, 16))
          .intoArray(words, half + i * COUNT);
    }
  }

  private static IntVector word(int[] words, int index) {
    return IntVector.fromArray(I, words, index * COUNT);
  }

  private void steps(StepWindows windows, int[] words, float[] factors, int count, float[] sums) {
    int stateBits = weight.stateBits();
    int mask = 0xffff & -(1 << (16 - stateBits));
    IntVector multiplier = IntVector.broadcast(I, weight.multiplier() & 0xffff);
    float unit = 2f / 65536;
    float origin = 1f / (1 << stateBits) - 1;
    int[] at = windows.words();
    int[] shifts = windows.shifts();
    for (int step = 0; step < windows.steps(); step++) {
      ShortVector state =
          IntVector.fromArray(I, words, at[step])
              .lanewise(VectorOperators.LSHR, IntVector.fromArray(I, shifts, step * COUNT))
              .lanewise(VectorOperators.AND, mask)
              .reinterpretAsShorts();
      IntVector place = state.mul(multiplier.reinterpretAsShorts()).reinterpretAsInts();
      FloatVector u =
          ((FloatVector) place.convertShape(VectorOperators.I2F, F, 0))
              .fma(FloatVector.broadcast(F, unit), FloatVector.broadcast(F, origin));
      FloatVector value = value(u);
      for (int i = 0; i < count; i++) {
        int to = (i * windows.steps() + step) * COUNT;
        value
            .fma(FloatVector.fromArray(F, factors, i * COUNT), FloatVector.fromArray(F, sums, to))
            .intoArray(sums, to);
      }
    }
  }

  /**
   * High powers of small numbers would have no leading bit, which processors are very slow with.
   * What they are raised to here changes no sum that they are part of.
   */
  private static FloatVector value(FloatVector u) {
    FloatVector u2 = u.mul(u);
    FloatVector u4 = u2.mul(u2);
    FloatVector v = atLeast(u4, 0x1p-20f);
    FloatVector v2 = v.mul(v);
    FloatVector u20 = v2.mul(v2).mul(v);
    FloatVector w = atLeast(u20, 0x1p-24f);
    FloatVector w2 = w.mul(w);
    FloatVector u100 = w2.mul(w2).mul(w);
    FloatVector inner =
        u100.fma(
            FloatVector.broadcast(F, TrellisValues.D), FloatVector.broadcast(F, TrellisValues.C));
    FloatVector middle = u20.fma(inner, FloatVector.broadcast(F, TrellisValues.B));
    return u4.fma(middle, FloatVector.broadcast(F, TrellisValues.A)).mul(u);
  }

  /** Positive floats are in the order of their bits. */
  private static FloatVector atLeast(FloatVector positive, float least) {
    return positive.reinterpretAsInts().max(Float.floatToRawIntBits(least)).reinterpretAsFloats();
  }

  private void reduce(float[] sums, int steps, int count, float[] y, int into) {
    for (int i = 0; i < count; i++) {
      for (int step = 0; step < steps; step++) {
        float sum =
            FloatVector.fromArray(F, sums, (i * steps + step) * COUNT)
                .reduceLanes(VectorOperators.ADD);
        y[i * weight.out() + into + step] += weight.scale() * sum;
      }
    }
  }
}
