package io.compot.kernel;

import static io.compot.kernel.Lanes.BYTES;
import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.I;
import static io.compot.kernel.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Takes the codes of a row out of its words and spreads them out as floats: w = s·(1 + q/2^width) +
 * t. A code is put into the highest bits of a fraction, with the exponent of 1 before it, which is
 * no conversion. The loops are written out: with eight codes a loop is too long to be inlined and
 * short enough for all that it calls to be, so that no vector becomes an object.
 *
 * @param blocks of a row
 */
record CodeSpread(GroupScales scales, int blocks) {

  private static final int ONE = 0x3f800000;
  private static final int FRACTION = 23;

  /** The 16 codes of 2 bits of each word. */
  void two(MemorySegment from, long at, float[] factors, float[] shifts, float[] to) {
    twoBelow(from, at, factors, shifts, to);
    twoAbove(from, at, factors, shifts, to);
  }

  private void twoBelow(MemorySegment from, long at, float[] factors, float[] shifts, float[] to) {
    IntVector mask = IntVector.broadcast(I, 0x3 << (FRACTION - 2));
    IntVector one = IntVector.broadcast(I, ONE);
    for (int block = 0; block < blocks; block++) {
      FloatVector s = scales.vector(factors, block);
      FloatVector t = scales.vector(shifts, block);
      IntVector word = IntVector.fromMemorySegment(I, from, at + (long) block * BYTES, ORDER);
      int into = block * 16 * COUNT;
      word.lanewise(LSHL, 21)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 0 * COUNT);
      word.lanewise(LSHL, 19)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 1 * COUNT);
      word.lanewise(LSHL, 17)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 2 * COUNT);
      word.lanewise(LSHL, 15)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 3 * COUNT);
      word.lanewise(LSHL, 13)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 4 * COUNT);
      word.lanewise(LSHL, 11)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 5 * COUNT);
      word.lanewise(LSHL, 9)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 6 * COUNT);
      word.lanewise(LSHL, 7)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 7 * COUNT);
    }
  }

  private void twoAbove(MemorySegment from, long at, float[] factors, float[] shifts, float[] to) {
    IntVector mask = IntVector.broadcast(I, 0x3 << (FRACTION - 2));
    IntVector one = IntVector.broadcast(I, ONE);
    for (int block = 0; block < blocks; block++) {
      FloatVector s = scales.vector(factors, block);
      FloatVector t = scales.vector(shifts, block);
      IntVector word = IntVector.fromMemorySegment(I, from, at + (long) block * BYTES, ORDER);
      int into = block * 16 * COUNT;
      word.lanewise(LSHL, 5)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 8 * COUNT);
      word.lanewise(LSHL, 3)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 9 * COUNT);
      word.lanewise(LSHL, 1)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 10 * COUNT);
      word.lanewise(LSHR, 1)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 11 * COUNT);
      word.lanewise(LSHR, 3)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 12 * COUNT);
      word.lanewise(LSHR, 5)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 13 * COUNT);
      word.lanewise(LSHR, 7)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 14 * COUNT);
      word.lanewise(LSHR, 9)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 15 * COUNT);
    }
  }

  /** The 8 codes of 4 bits of each word. */
  void four(MemorySegment from, long at, float[] factors, float[] shifts, float[] to) {
    IntVector mask = IntVector.broadcast(I, 0xf << (FRACTION - 4));
    IntVector one = IntVector.broadcast(I, ONE);
    for (int block = 0; block < blocks; block++) {
      FloatVector s = scales.vector(factors, block);
      FloatVector t = scales.vector(shifts, block);
      IntVector word = IntVector.fromMemorySegment(I, from, at + (long) block * BYTES, ORDER);
      int into = block * 8 * COUNT;
      word.lanewise(LSHL, 19)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 0 * COUNT);
      word.lanewise(LSHL, 15)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 1 * COUNT);
      word.lanewise(LSHL, 11)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 2 * COUNT);
      word.lanewise(LSHL, 7)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 3 * COUNT);
      word.lanewise(LSHL, 3)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 4 * COUNT);
      word.lanewise(LSHR, 1)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 5 * COUNT);
      word.lanewise(LSHR, 5)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 6 * COUNT);
      word.lanewise(LSHR, 9)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 7 * COUNT);
    }
  }

  /** The 4 codes of 8 bits of each word. */
  void eight(MemorySegment from, long at, float[] factors, float[] shifts, float[] to) {
    IntVector mask = IntVector.broadcast(I, 0xff << (FRACTION - 8));
    IntVector one = IntVector.broadcast(I, ONE);
    for (int block = 0; block < blocks; block++) {
      FloatVector s = scales.vector(factors, block);
      FloatVector t = scales.vector(shifts, block);
      IntVector word = IntVector.fromMemorySegment(I, from, at + (long) block * BYTES, ORDER);
      int into = block * 4 * COUNT;
      word.lanewise(LSHL, 15)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 0 * COUNT);
      word.lanewise(LSHL, 7)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 1 * COUNT);
      word.lanewise(LSHR, 1)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 2 * COUNT);
      word.lanewise(LSHR, 9)
          .and(mask)
          .or(one)
          .reinterpretAsFloats()
          .fma(s, t)
          .intoArray(to, into + 3 * COUNT);
    }
  }

  /**
   * The 32 codes of as many words of each lane of a block as a code has bits.
   *
   * @param words word i of all lanes behind those of word i - 1
   */
  void straddling(int[] words, int width, int block, float[] factors, float[] shifts, float[] to) {
    FloatVector s = scales.vector(factors, block);
    FloatVector t = scales.vector(shifts, block);
    int place = FRACTION - width;
    IntVector mask = IntVector.broadcast(I, ((1 << width) - 1) << place);
    IntVector one = IntVector.broadcast(I, ONE);
    int into = block * Integer.SIZE * COUNT;
    for (int code = 0; code < Integer.SIZE; code++) {
      int bit = code * width;
      int shift = bit % Integer.SIZE;
      IntVector low = IntVector.fromArray(I, words, bit / Integer.SIZE * COUNT);
      IntVector bits;
      if (shift <= place) {
        bits = low.lanewise(LSHL, place - shift);
      } else {
        bits = low.lanewise(LSHR, shift - place);
        if (shift + width > Integer.SIZE) {
          IntVector high = IntVector.fromArray(I, words, (bit / Integer.SIZE + 1) * COUNT);
          bits = bits.or(high.lanewise(LSHL, Integer.SIZE - shift + place));
        }
      }
      put(bits, mask, one, s, t, to, into + code * COUNT);
    }
  }

  private static void put(
      IntVector bits,
      IntVector mask,
      IntVector one,
      FloatVector s,
      FloatVector t,
      float[] to,
      int at) {
    bits.and(mask).or(one).reinterpretAsFloats().fma(s, t).intoArray(to, at);
  }
}
