package io.compot.kernel;

import static io.compot.kernel.LaneWords.B;
import static io.compot.kernel.LaneWords.BELOW;
import static io.compot.kernel.Lanes.BYTES;
import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.F;
import static io.compot.kernel.Lanes.I;
import static io.compot.kernel.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A row on a grid times one vector: Σ s·Σ (1 + q/2^width + u)·x, where a lane's codes share s and
 * u, so that both are multiplied once a block: u by the sum over x. The loops are written out:
 * calls of methods other than the Vector API's own are too many to be inlined, and no vector must
 * become an object.
 */
final class GroupedDots {

  private static final int ONE = 0x3f800000;
  private static final int FRACTION = 23;

  private final int width;
  private final LaneCodes order;
  private final int blocks;
  private final GroupScales scales;
  private final LaneWords lower;
  private final LaneWords upper;

  /** Rows of such codes. */
  GroupedDots(int width, LaneCodes order, GroupScales scales, LaneWords lower, LaneWords upper) {
    this.width = width;
    this.order = order;
    this.blocks = order.blocks();
    this.scales = scales;
    this.lower = lower;
    this.upper = upper;
  }

  /**
   * The product of a row.
   *
   * @param at where its codes begin
   * @param room with the row's scales, {@code index} of those that it has
   * @param x in the order of {@link LaneCodes}
   */
  float product(MemorySegment from, long at, RowRoom room, int index, float[] x) {
    return switch (width) {
      case 2 -> two(from, at, room, index, x);
      case 3 -> three(from, at, room, index, x);
      case 4 -> four(from, at, room, index, x);
      case 5 -> five(from, at, room, index, x);
      case 6 -> six(from, at, room, index, x);
      case 7 -> seven(from, at, room, index, x);
      default -> eight(from, at, room, index, x);
    };
  }

  /** 16 codes of 2 bits a lane. */
  private float two(MemorySegment from, long at, RowRoom room, int index, float[] x) {
    IntVector mask = IntVector.broadcast(I, 0x3 << (FRACTION - 2));
    IntVector one = IntVector.broadcast(I, ONE);
    FloatVector total = FloatVector.zero(F);
    int sums = order.codes();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = room.at(index);
    for (int block = 0; block < blocks; block++) {
      FloatVector s = scales.vector(factors, scalesAt, block);
      FloatVector u = scales.vector(origins, scalesAt, block);
      IntVector word = IntVector.fromMemorySegment(I, from, at + (long) block * BYTES, ORDER);
      int i = block * 16 * COUNT;
      FloatVector a =
          word.lanewise(LSHL, 21)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i));
      FloatVector b =
          word.lanewise(LSHL, 19)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i + 1 * COUNT));
      a =
          word.lanewise(LSHL, 17)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 2 * COUNT), a);
      b =
          word.lanewise(LSHL, 15)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 3 * COUNT), b);
      a =
          word.lanewise(LSHL, 13)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 4 * COUNT), a);
      b =
          word.lanewise(LSHL, 11)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 5 * COUNT), b);
      a =
          word.lanewise(LSHL, 9)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 6 * COUNT), a);
      b =
          word.lanewise(LSHL, 7)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 7 * COUNT), b);
      a =
          word.lanewise(LSHL, 5)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 8 * COUNT), a);
      b =
          word.lanewise(LSHL, 3)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 9 * COUNT), b);
      a =
          word.lanewise(LSHL, 1)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 10 * COUNT), a);
      b =
          word.lanewise(LSHR, 1)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 11 * COUNT), b);
      a =
          word.lanewise(LSHR, 3)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 12 * COUNT), a);
      b =
          word.lanewise(LSHR, 5)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 13 * COUNT), b);
      a =
          word.lanewise(LSHR, 7)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 14 * COUNT), a);
      b =
          word.lanewise(LSHR, 9)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 15 * COUNT), b);
      a = FloatVector.fromArray(F, x, sums + block * COUNT).fma(u, a);
      total = a.add(b).fma(s, total);
    }
    return total.reduceLanes(VectorOperators.ADD);
  }

  /** 8 codes of 3 bits. */
  private float three(MemorySegment from, long at, RowRoom room, int index, float[] x) {
    ByteVector first = lower.first();
    long bytes = lower.blockBytes();
    IntVector mask = IntVector.broadcast(I, 0x7 << (FRACTION - 3));
    IntVector one = IntVector.broadcast(I, ONE);
    FloatVector total = FloatVector.zero(F);
    int sums = order.codes();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = room.at(index);
    for (int block = 0; block < blocks; block++) {
      FloatVector s = scales.vector(factors, scalesAt, block);
      FloatVector u = scales.vector(origins, scalesAt, block);
      IntVector word =
          first
              .selectFrom(ByteVector.fromMemorySegment(B, from, at + block * bytes, ORDER))
              .reinterpretAsInts();
      int i = block * 8 * COUNT;
      FloatVector a =
          word.lanewise(LSHL, 20)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i));
      FloatVector b =
          word.lanewise(LSHL, 17)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i + 1 * COUNT));
      a =
          word.lanewise(LSHL, 14)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 2 * COUNT), a);
      b =
          word.lanewise(LSHL, 11)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 3 * COUNT), b);
      a =
          word.lanewise(LSHL, 8)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 4 * COUNT), a);
      b =
          word.lanewise(LSHL, 5)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 5 * COUNT), b);
      a =
          word.lanewise(LSHL, 2)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 6 * COUNT), a);
      b =
          word.lanewise(LSHR, 1)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 7 * COUNT), b);
      a = FloatVector.fromArray(F, x, sums + block * COUNT).fma(u, a);
      total = a.add(b).fma(s, total);
    }
    return total.reduceLanes(VectorOperators.ADD);
  }

  /** 8 codes of 4 bits. */
  private float four(MemorySegment from, long at, RowRoom room, int index, float[] x) {
    IntVector mask = IntVector.broadcast(I, 0xf << (FRACTION - 4));
    IntVector one = IntVector.broadcast(I, ONE);
    FloatVector total = FloatVector.zero(F);
    int sums = order.codes();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = room.at(index);
    for (int block = 0; block < blocks; block++) {
      FloatVector s = scales.vector(factors, scalesAt, block);
      FloatVector u = scales.vector(origins, scalesAt, block);
      IntVector word = IntVector.fromMemorySegment(I, from, at + (long) block * BYTES, ORDER);
      int i = block * 8 * COUNT;
      FloatVector a =
          word.lanewise(LSHL, 19)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i));
      FloatVector b =
          word.lanewise(LSHL, 15)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i + 1 * COUNT));
      a =
          word.lanewise(LSHL, 11)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 2 * COUNT), a);
      b =
          word.lanewise(LSHL, 7)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 3 * COUNT), b);
      a =
          word.lanewise(LSHL, 3)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 4 * COUNT), a);
      b =
          word.lanewise(LSHR, 1)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 5 * COUNT), b);
      a =
          word.lanewise(LSHR, 5)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 6 * COUNT), a);
      b =
          word.lanewise(LSHR, 9)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 7 * COUNT), b);
      a = FloatVector.fromArray(F, x, sums + block * COUNT).fma(u, a);
      total = a.add(b).fma(s, total);
    }
    return total.reduceLanes(VectorOperators.ADD);
  }

  /** 8 codes of 5 bits, the last two in the second word. */
  private float five(MemorySegment from, long at, RowRoom room, int index, float[] x) {
    long second = lower.second();
    ByteVector lowerFirst = lower.first();
    ByteVector lowerLast = lower.last();
    ByteVector upperFirst = upper.first();
    ByteVector upperLast = upper.last();
    long bytes = lower.blockBytes();
    IntVector mask = IntVector.broadcast(I, 0x1f << (FRACTION - 5));
    IntVector one = IntVector.broadcast(I, ONE);
    FloatVector total = FloatVector.zero(F);
    int sums = order.codes();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = room.at(index);
    for (int block = 0; block < blocks; block++) {
      FloatVector s = scales.vector(factors, scalesAt, block);
      FloatVector u = scales.vector(origins, scalesAt, block);
      ByteVector begin = ByteVector.fromMemorySegment(B, from, at + block * bytes, ORDER);
      ByteVector end = ByteVector.fromMemorySegment(B, from, at + block * bytes + second, ORDER);
      IntVector low =
          lowerLast.selectFrom(end).blend(lowerFirst.selectFrom(begin), BELOW).reinterpretAsInts();
      IntVector high =
          upperLast.selectFrom(end).blend(upperFirst.selectFrom(begin), BELOW).reinterpretAsInts();
      int i = block * 8 * COUNT;
      FloatVector a =
          low.lanewise(LSHL, 18)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i));
      FloatVector b =
          low.lanewise(LSHL, 13)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i + 1 * COUNT));
      a =
          low.lanewise(LSHL, 8)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 2 * COUNT), a);
      b =
          low.lanewise(LSHL, 3)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 3 * COUNT), b);
      a =
          low.lanewise(LSHR, 2)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 4 * COUNT), a);
      b =
          low.lanewise(LSHR, 7)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 5 * COUNT), b);
      a =
          high.lanewise(LSHR, 4)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 6 * COUNT), a);
      b =
          high.lanewise(LSHR, 9)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 7 * COUNT), b);
      a = FloatVector.fromArray(F, x, sums + block * COUNT).fma(u, a);
      total = a.add(b).fma(s, total);
    }
    return total.reduceLanes(VectorOperators.ADD);
  }

  /** 4 codes of 6 bits. */
  private float six(MemorySegment from, long at, RowRoom room, int index, float[] x) {
    ByteVector first = lower.first();
    long bytes = lower.blockBytes();
    IntVector mask = IntVector.broadcast(I, 0x3f << (FRACTION - 6));
    IntVector one = IntVector.broadcast(I, ONE);
    FloatVector total = FloatVector.zero(F);
    int sums = order.codes();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = room.at(index);
    for (int block = 0; block < blocks; block++) {
      FloatVector s = scales.vector(factors, scalesAt, block);
      FloatVector u = scales.vector(origins, scalesAt, block);
      IntVector word =
          first
              .selectFrom(ByteVector.fromMemorySegment(B, from, at + block * bytes, ORDER))
              .reinterpretAsInts();
      int i = block * 4 * COUNT;
      FloatVector a =
          word.lanewise(LSHL, 17)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i));
      FloatVector b =
          word.lanewise(LSHL, 11)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i + 1 * COUNT));
      a =
          word.lanewise(LSHL, 5)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 2 * COUNT), a);
      b =
          word.lanewise(LSHR, 1)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 3 * COUNT), b);
      a = FloatVector.fromArray(F, x, sums + block * COUNT).fma(u, a);
      total = a.add(b).fma(s, total);
    }
    return total.reduceLanes(VectorOperators.ADD);
  }

  /** 8 codes of 7 bits, four of each word. */
  private float seven(MemorySegment from, long at, RowRoom room, int index, float[] x) {
    long second = lower.second();
    ByteVector lowerFirst = lower.first();
    ByteVector lowerLast = lower.last();
    ByteVector upperFirst = upper.first();
    ByteVector upperLast = upper.last();
    long bytes = lower.blockBytes();
    IntVector mask = IntVector.broadcast(I, 0x7f << (FRACTION - 7));
    IntVector one = IntVector.broadcast(I, ONE);
    FloatVector total = FloatVector.zero(F);
    int sums = order.codes();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = room.at(index);
    for (int block = 0; block < blocks; block++) {
      FloatVector s = scales.vector(factors, scalesAt, block);
      FloatVector u = scales.vector(origins, scalesAt, block);
      ByteVector begin = ByteVector.fromMemorySegment(B, from, at + block * bytes, ORDER);
      ByteVector end = ByteVector.fromMemorySegment(B, from, at + block * bytes + second, ORDER);
      IntVector low =
          lowerLast.selectFrom(end).blend(lowerFirst.selectFrom(begin), BELOW).reinterpretAsInts();
      IntVector high =
          upperLast.selectFrom(end).blend(upperFirst.selectFrom(begin), BELOW).reinterpretAsInts();
      int i = block * 8 * COUNT;
      FloatVector a =
          low.lanewise(LSHL, 16)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i));
      FloatVector b =
          low.lanewise(LSHL, 9)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i + 1 * COUNT));
      a =
          low.lanewise(LSHL, 2)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 2 * COUNT), a);
      b =
          low.lanewise(LSHR, 5)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 3 * COUNT), b);
      a =
          high.lanewise(LSHL, 12)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 4 * COUNT), a);
      b =
          high.lanewise(LSHL, 5)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 5 * COUNT), b);
      a =
          high.lanewise(LSHR, 2)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 6 * COUNT), a);
      b =
          high.lanewise(LSHR, 9)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 7 * COUNT), b);
      a = FloatVector.fromArray(F, x, sums + block * COUNT).fma(u, a);
      total = a.add(b).fma(s, total);
    }
    return total.reduceLanes(VectorOperators.ADD);
  }

  /** 4 codes of 8 bits. */
  private float eight(MemorySegment from, long at, RowRoom room, int index, float[] x) {
    IntVector mask = IntVector.broadcast(I, 0xff << (FRACTION - 8));
    IntVector one = IntVector.broadcast(I, ONE);
    FloatVector total = FloatVector.zero(F);
    int sums = order.codes();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = room.at(index);
    for (int block = 0; block < blocks; block++) {
      FloatVector s = scales.vector(factors, scalesAt, block);
      FloatVector u = scales.vector(origins, scalesAt, block);
      IntVector word = IntVector.fromMemorySegment(I, from, at + (long) block * BYTES, ORDER);
      int i = block * 4 * COUNT;
      FloatVector a =
          word.lanewise(LSHL, 15)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i));
      FloatVector b =
          word.lanewise(LSHL, 7)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(F, x, i + 1 * COUNT));
      a =
          word.lanewise(LSHR, 1)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 2 * COUNT), a);
      b =
          word.lanewise(LSHR, 9)
              .and(mask)
              .or(one)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(F, x, i + 3 * COUNT), b);
      a = FloatVector.fromArray(F, x, sums + block * COUNT).fma(u, a);
      total = a.add(b).fma(s, total);
    }
    return total.reduceLanes(VectorOperators.ADD);
  }
}
