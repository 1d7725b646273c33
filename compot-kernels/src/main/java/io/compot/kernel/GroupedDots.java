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
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * Some rows on a grid times one vector: Σ s·Σ (1 + q/2^width + u)·x, where a lane's codes share s
 * and u, so that both are multiplied once a block: u by the sum over x. A block of x stays in
 * registers while the rows go by, and each row's sums wait in memory. The loops are written out:
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

  /** A code's bits of a float, and 1: as numbers that the compiler does not know, they stay. */
  private final int[] bits = new int[2 * COUNT];

  /** Rows of such codes. */
  GroupedDots(int width, LaneCodes order, GroupScales scales, LaneWords lower, LaneWords upper) {
    this.width = width;
    this.order = order;
    this.blocks = order.blocks();
    this.scales = scales;
    this.lower = lower;
    this.upper = upper;
    Arrays.fill(bits, 0, COUNT, ((1 << width) - 1) << (FRACTION - width));
    Arrays.fill(bits, COUNT, 2 * COUNT, ONE);
  }

  /**
   * The products of the first rows that the room has scales of.
   *
   * @param at where their codes begin
   * @param stride from one row to the next
   * @param rows at most {@link RowRoom#ROWS}
   * @param x in the order of {@link LaneCodes}
   * @param y takes them from {@code into}
   */
  void product(
      MemorySegment from,
      long at,
      long stride,
      int rows,
      RowRoom room,
      float[] x,
      float[] y,
      int into) {
    float[] totals = room.totals();
    Arrays.fill(totals, 0, rows * COUNT, 0);
    room.touch(from, at, rows * stride);
    for (int block = 0; block < blocks; block++) {
      switch (width) {
        case 2 -> two(from, at, stride, rows, room, x, block);
        case 3 -> three(from, at, stride, rows, room, x, block);
        case 4 -> four(from, at, stride, rows, room, x, block);
        case 5 -> five(from, at, stride, rows, room, x, block);
        case 6 -> six(from, at, stride, rows, room, x, block);
        case 7 -> seven(from, at, stride, rows, room, x, block);
        default -> eight(from, at, stride, rows, room, x, block);
      }
    }
    for (int row = 0; row < rows; row++) {
      y[into + row] =
          FloatVector.fromArray(F, totals, row * COUNT).reduceLanes(VectorOperators.ADD);
    }
  }

  /** 16 codes of 2 bits a lane. */
  private void two(
      MemorySegment from, long at, long stride, int rows, RowRoom room, float[] x, int block) {
    IntVector mask = IntVector.fromArray(I, bits, 0);
    IntVector one = IntVector.fromArray(I, bits, COUNT);
    float[] totals = room.totals();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = scales.first(block);
    int scalesOfRow = room.stride();
    VectorShuffle<Float> shuffle = scales.shuffle(block);
    int i = block * 16 * COUNT;
    FloatVector x0 = FloatVector.fromArray(F, x, i);
    FloatVector x1 = FloatVector.fromArray(F, x, i + 1 * COUNT);
    FloatVector x2 = FloatVector.fromArray(F, x, i + 2 * COUNT);
    FloatVector x3 = FloatVector.fromArray(F, x, i + 3 * COUNT);
    FloatVector x4 = FloatVector.fromArray(F, x, i + 4 * COUNT);
    FloatVector x5 = FloatVector.fromArray(F, x, i + 5 * COUNT);
    FloatVector x6 = FloatVector.fromArray(F, x, i + 6 * COUNT);
    FloatVector x7 = FloatVector.fromArray(F, x, i + 7 * COUNT);
    FloatVector x8 = FloatVector.fromArray(F, x, i + 8 * COUNT);
    FloatVector x9 = FloatVector.fromArray(F, x, i + 9 * COUNT);
    FloatVector x10 = FloatVector.fromArray(F, x, i + 10 * COUNT);
    FloatVector x11 = FloatVector.fromArray(F, x, i + 11 * COUNT);
    FloatVector x12 = FloatVector.fromArray(F, x, i + 12 * COUNT);
    FloatVector x13 = FloatVector.fromArray(F, x, i + 13 * COUNT);
    FloatVector x14 = FloatVector.fromArray(F, x, i + 14 * COUNT);
    FloatVector x15 = FloatVector.fromArray(F, x, i + 15 * COUNT);
    FloatVector sum = FloatVector.fromArray(F, x, order.codes() + block * COUNT);
    long place = at + block * (long) BYTES;
    for (int row = 0; row < rows; row++) {
      FloatVector s = FloatVector.fromArray(F, factors, scalesAt).rearrange(shuffle);
      FloatVector u = FloatVector.fromArray(F, origins, scalesAt).rearrange(shuffle);
      IntVector word = IntVector.fromMemorySegment(I, from, place, ORDER);
      FloatVector a = word.lanewise(LSHL, 21).and(mask).or(one).reinterpretAsFloats().mul(x0);
      FloatVector b = word.lanewise(LSHL, 19).and(mask).or(one).reinterpretAsFloats().mul(x1);
      a = word.lanewise(LSHL, 17).and(mask).or(one).reinterpretAsFloats().fma(x2, a);
      b = word.lanewise(LSHL, 15).and(mask).or(one).reinterpretAsFloats().fma(x3, b);
      a = word.lanewise(LSHL, 13).and(mask).or(one).reinterpretAsFloats().fma(x4, a);
      b = word.lanewise(LSHL, 11).and(mask).or(one).reinterpretAsFloats().fma(x5, b);
      a = word.lanewise(LSHL, 9).and(mask).or(one).reinterpretAsFloats().fma(x6, a);
      b = word.lanewise(LSHL, 7).and(mask).or(one).reinterpretAsFloats().fma(x7, b);
      a = word.lanewise(LSHL, 5).and(mask).or(one).reinterpretAsFloats().fma(x8, a);
      b = word.lanewise(LSHL, 3).and(mask).or(one).reinterpretAsFloats().fma(x9, b);
      a = word.lanewise(LSHL, 1).and(mask).or(one).reinterpretAsFloats().fma(x10, a);
      b = word.lanewise(LSHR, 1).and(mask).or(one).reinterpretAsFloats().fma(x11, b);
      a = word.lanewise(LSHR, 3).and(mask).or(one).reinterpretAsFloats().fma(x12, a);
      b = word.lanewise(LSHR, 5).and(mask).or(one).reinterpretAsFloats().fma(x13, b);
      a = word.lanewise(LSHR, 7).and(mask).or(one).reinterpretAsFloats().fma(x14, a);
      b = word.lanewise(LSHR, 9).and(mask).or(one).reinterpretAsFloats().fma(x15, b);
      FloatVector total = FloatVector.fromArray(F, totals, row * COUNT);
      sum.fma(u, a).add(b).fma(s, total).intoArray(totals, row * COUNT);
      place += stride;
      scalesAt += scalesOfRow;
    }
  }

  /** 8 codes of 3 bits. */
  private void three(
      MemorySegment from, long at, long stride, int rows, RowRoom room, float[] x, int block) {
    ByteVector first = lower.first();
    IntVector mask = IntVector.fromArray(I, bits, 0);
    IntVector one = IntVector.fromArray(I, bits, COUNT);
    float[] totals = room.totals();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = scales.first(block);
    int scalesOfRow = room.stride();
    VectorShuffle<Float> shuffle = scales.shuffle(block);
    int i = block * 8 * COUNT;
    FloatVector x0 = FloatVector.fromArray(F, x, i);
    FloatVector x1 = FloatVector.fromArray(F, x, i + 1 * COUNT);
    FloatVector x2 = FloatVector.fromArray(F, x, i + 2 * COUNT);
    FloatVector x3 = FloatVector.fromArray(F, x, i + 3 * COUNT);
    FloatVector x4 = FloatVector.fromArray(F, x, i + 4 * COUNT);
    FloatVector x5 = FloatVector.fromArray(F, x, i + 5 * COUNT);
    FloatVector x6 = FloatVector.fromArray(F, x, i + 6 * COUNT);
    FloatVector x7 = FloatVector.fromArray(F, x, i + 7 * COUNT);
    FloatVector sum = FloatVector.fromArray(F, x, order.codes() + block * COUNT);
    long place = at + block * lower.blockBytes();
    for (int row = 0; row < rows; row++) {
      FloatVector s = FloatVector.fromArray(F, factors, scalesAt).rearrange(shuffle);
      FloatVector u = FloatVector.fromArray(F, origins, scalesAt).rearrange(shuffle);
      ByteVector bytes = ByteVector.fromMemorySegment(B, from, place, ORDER);
      IntVector word = first.selectFrom(bytes).reinterpretAsInts();
      FloatVector a = word.lanewise(LSHL, 20).and(mask).or(one).reinterpretAsFloats().mul(x0);
      FloatVector b = word.lanewise(LSHL, 17).and(mask).or(one).reinterpretAsFloats().mul(x1);
      a = word.lanewise(LSHL, 14).and(mask).or(one).reinterpretAsFloats().fma(x2, a);
      b = word.lanewise(LSHL, 11).and(mask).or(one).reinterpretAsFloats().fma(x3, b);
      a = word.lanewise(LSHL, 8).and(mask).or(one).reinterpretAsFloats().fma(x4, a);
      b = word.lanewise(LSHL, 5).and(mask).or(one).reinterpretAsFloats().fma(x5, b);
      a = word.lanewise(LSHL, 2).and(mask).or(one).reinterpretAsFloats().fma(x6, a);
      b = word.lanewise(LSHR, 1).and(mask).or(one).reinterpretAsFloats().fma(x7, b);
      FloatVector total = FloatVector.fromArray(F, totals, row * COUNT);
      sum.fma(u, a).add(b).fma(s, total).intoArray(totals, row * COUNT);
      place += stride;
      scalesAt += scalesOfRow;
    }
  }

  /** 8 codes of 4 bits. */
  private void four(
      MemorySegment from, long at, long stride, int rows, RowRoom room, float[] x, int block) {
    IntVector mask = IntVector.fromArray(I, bits, 0);
    IntVector one = IntVector.fromArray(I, bits, COUNT);
    float[] totals = room.totals();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = scales.first(block);
    int scalesOfRow = room.stride();
    VectorShuffle<Float> shuffle = scales.shuffle(block);
    int i = block * 8 * COUNT;
    FloatVector x0 = FloatVector.fromArray(F, x, i);
    FloatVector x1 = FloatVector.fromArray(F, x, i + 1 * COUNT);
    FloatVector x2 = FloatVector.fromArray(F, x, i + 2 * COUNT);
    FloatVector x3 = FloatVector.fromArray(F, x, i + 3 * COUNT);
    FloatVector x4 = FloatVector.fromArray(F, x, i + 4 * COUNT);
    FloatVector x5 = FloatVector.fromArray(F, x, i + 5 * COUNT);
    FloatVector x6 = FloatVector.fromArray(F, x, i + 6 * COUNT);
    FloatVector x7 = FloatVector.fromArray(F, x, i + 7 * COUNT);
    FloatVector sum = FloatVector.fromArray(F, x, order.codes() + block * COUNT);
    long place = at + block * (long) BYTES;
    for (int row = 0; row < rows; row++) {
      FloatVector s = FloatVector.fromArray(F, factors, scalesAt).rearrange(shuffle);
      FloatVector u = FloatVector.fromArray(F, origins, scalesAt).rearrange(shuffle);
      IntVector word = IntVector.fromMemorySegment(I, from, place, ORDER);
      FloatVector a = word.lanewise(LSHL, 19).and(mask).or(one).reinterpretAsFloats().mul(x0);
      FloatVector b = word.lanewise(LSHL, 15).and(mask).or(one).reinterpretAsFloats().mul(x1);
      a = word.lanewise(LSHL, 11).and(mask).or(one).reinterpretAsFloats().fma(x2, a);
      b = word.lanewise(LSHL, 7).and(mask).or(one).reinterpretAsFloats().fma(x3, b);
      a = word.lanewise(LSHL, 3).and(mask).or(one).reinterpretAsFloats().fma(x4, a);
      b = word.lanewise(LSHR, 1).and(mask).or(one).reinterpretAsFloats().fma(x5, b);
      a = word.lanewise(LSHR, 5).and(mask).or(one).reinterpretAsFloats().fma(x6, a);
      b = word.lanewise(LSHR, 9).and(mask).or(one).reinterpretAsFloats().fma(x7, b);
      FloatVector total = FloatVector.fromArray(F, totals, row * COUNT);
      sum.fma(u, a).add(b).fma(s, total).intoArray(totals, row * COUNT);
      place += stride;
      scalesAt += scalesOfRow;
    }
  }

  /** 8 codes of 5 bits, the last two in the second word. */
  private void five(
      MemorySegment from, long at, long stride, int rows, RowRoom room, float[] x, int block) {
    long second = lower.second();
    ByteVector lowerFirst = lower.first();
    ByteVector lowerLast = lower.last();
    ByteVector upperFirst = upper.first();
    ByteVector upperLast = upper.last();
    IntVector mask = IntVector.fromArray(I, bits, 0);
    IntVector one = IntVector.fromArray(I, bits, COUNT);
    float[] totals = room.totals();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = scales.first(block);
    int scalesOfRow = room.stride();
    VectorShuffle<Float> shuffle = scales.shuffle(block);
    int i = block * 8 * COUNT;
    FloatVector x0 = FloatVector.fromArray(F, x, i);
    FloatVector x1 = FloatVector.fromArray(F, x, i + 1 * COUNT);
    FloatVector x2 = FloatVector.fromArray(F, x, i + 2 * COUNT);
    FloatVector x3 = FloatVector.fromArray(F, x, i + 3 * COUNT);
    FloatVector x4 = FloatVector.fromArray(F, x, i + 4 * COUNT);
    FloatVector x5 = FloatVector.fromArray(F, x, i + 5 * COUNT);
    FloatVector x6 = FloatVector.fromArray(F, x, i + 6 * COUNT);
    FloatVector x7 = FloatVector.fromArray(F, x, i + 7 * COUNT);
    FloatVector sum = FloatVector.fromArray(F, x, order.codes() + block * COUNT);
    long place = at + block * lower.blockBytes();
    for (int row = 0; row < rows; row++) {
      FloatVector s = FloatVector.fromArray(F, factors, scalesAt).rearrange(shuffle);
      FloatVector u = FloatVector.fromArray(F, origins, scalesAt).rearrange(shuffle);
      ByteVector begin = ByteVector.fromMemorySegment(B, from, place, ORDER);
      ByteVector end = ByteVector.fromMemorySegment(B, from, place + second, ORDER);
      IntVector low =
          lowerLast.selectFrom(end).blend(lowerFirst.selectFrom(begin), BELOW).reinterpretAsInts();
      IntVector high =
          upperLast.selectFrom(end).blend(upperFirst.selectFrom(begin), BELOW).reinterpretAsInts();
      FloatVector a = low.lanewise(LSHL, 18).and(mask).or(one).reinterpretAsFloats().mul(x0);
      FloatVector b = low.lanewise(LSHL, 13).and(mask).or(one).reinterpretAsFloats().mul(x1);
      a = low.lanewise(LSHL, 8).and(mask).or(one).reinterpretAsFloats().fma(x2, a);
      b = low.lanewise(LSHL, 3).and(mask).or(one).reinterpretAsFloats().fma(x3, b);
      a = low.lanewise(LSHR, 2).and(mask).or(one).reinterpretAsFloats().fma(x4, a);
      b = low.lanewise(LSHR, 7).and(mask).or(one).reinterpretAsFloats().fma(x5, b);
      a = high.lanewise(LSHR, 4).and(mask).or(one).reinterpretAsFloats().fma(x6, a);
      b = high.lanewise(LSHR, 9).and(mask).or(one).reinterpretAsFloats().fma(x7, b);
      FloatVector total = FloatVector.fromArray(F, totals, row * COUNT);
      sum.fma(u, a).add(b).fma(s, total).intoArray(totals, row * COUNT);
      place += stride;
      scalesAt += scalesOfRow;
    }
  }

  /** 4 codes of 6 bits. */
  private void six(
      MemorySegment from, long at, long stride, int rows, RowRoom room, float[] x, int block) {
    ByteVector first = lower.first();
    IntVector mask = IntVector.fromArray(I, bits, 0);
    IntVector one = IntVector.fromArray(I, bits, COUNT);
    float[] totals = room.totals();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = scales.first(block);
    int scalesOfRow = room.stride();
    VectorShuffle<Float> shuffle = scales.shuffle(block);
    int i = block * 4 * COUNT;
    FloatVector x0 = FloatVector.fromArray(F, x, i);
    FloatVector x1 = FloatVector.fromArray(F, x, i + 1 * COUNT);
    FloatVector x2 = FloatVector.fromArray(F, x, i + 2 * COUNT);
    FloatVector x3 = FloatVector.fromArray(F, x, i + 3 * COUNT);
    FloatVector sum = FloatVector.fromArray(F, x, order.codes() + block * COUNT);
    long place = at + block * lower.blockBytes();
    for (int row = 0; row < rows; row++) {
      FloatVector s = FloatVector.fromArray(F, factors, scalesAt).rearrange(shuffle);
      FloatVector u = FloatVector.fromArray(F, origins, scalesAt).rearrange(shuffle);
      ByteVector bytes = ByteVector.fromMemorySegment(B, from, place, ORDER);
      IntVector word = first.selectFrom(bytes).reinterpretAsInts();
      FloatVector a = word.lanewise(LSHL, 17).and(mask).or(one).reinterpretAsFloats().mul(x0);
      FloatVector b = word.lanewise(LSHL, 11).and(mask).or(one).reinterpretAsFloats().mul(x1);
      a = word.lanewise(LSHL, 5).and(mask).or(one).reinterpretAsFloats().fma(x2, a);
      b = word.lanewise(LSHR, 1).and(mask).or(one).reinterpretAsFloats().fma(x3, b);
      FloatVector total = FloatVector.fromArray(F, totals, row * COUNT);
      sum.fma(u, a).add(b).fma(s, total).intoArray(totals, row * COUNT);
      place += stride;
      scalesAt += scalesOfRow;
    }
  }

  /** 8 codes of 7 bits, four of each word. */
  private void seven(
      MemorySegment from, long at, long stride, int rows, RowRoom room, float[] x, int block) {
    long second = lower.second();
    ByteVector lowerFirst = lower.first();
    ByteVector lowerLast = lower.last();
    ByteVector upperFirst = upper.first();
    ByteVector upperLast = upper.last();
    IntVector mask = IntVector.fromArray(I, bits, 0);
    IntVector one = IntVector.fromArray(I, bits, COUNT);
    float[] totals = room.totals();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = scales.first(block);
    int scalesOfRow = room.stride();
    VectorShuffle<Float> shuffle = scales.shuffle(block);
    int i = block * 8 * COUNT;
    FloatVector x0 = FloatVector.fromArray(F, x, i);
    FloatVector x1 = FloatVector.fromArray(F, x, i + 1 * COUNT);
    FloatVector x2 = FloatVector.fromArray(F, x, i + 2 * COUNT);
    FloatVector x3 = FloatVector.fromArray(F, x, i + 3 * COUNT);
    FloatVector x4 = FloatVector.fromArray(F, x, i + 4 * COUNT);
    FloatVector x5 = FloatVector.fromArray(F, x, i + 5 * COUNT);
    FloatVector x6 = FloatVector.fromArray(F, x, i + 6 * COUNT);
    FloatVector x7 = FloatVector.fromArray(F, x, i + 7 * COUNT);
    FloatVector sum = FloatVector.fromArray(F, x, order.codes() + block * COUNT);
    long place = at + block * lower.blockBytes();
    for (int row = 0; row < rows; row++) {
      FloatVector s = FloatVector.fromArray(F, factors, scalesAt).rearrange(shuffle);
      FloatVector u = FloatVector.fromArray(F, origins, scalesAt).rearrange(shuffle);
      ByteVector begin = ByteVector.fromMemorySegment(B, from, place, ORDER);
      ByteVector end = ByteVector.fromMemorySegment(B, from, place + second, ORDER);
      IntVector low =
          lowerLast.selectFrom(end).blend(lowerFirst.selectFrom(begin), BELOW).reinterpretAsInts();
      IntVector high =
          upperLast.selectFrom(end).blend(upperFirst.selectFrom(begin), BELOW).reinterpretAsInts();
      FloatVector a = low.lanewise(LSHL, 16).and(mask).or(one).reinterpretAsFloats().mul(x0);
      FloatVector b = low.lanewise(LSHL, 9).and(mask).or(one).reinterpretAsFloats().mul(x1);
      a = low.lanewise(LSHL, 2).and(mask).or(one).reinterpretAsFloats().fma(x2, a);
      b = low.lanewise(LSHR, 5).and(mask).or(one).reinterpretAsFloats().fma(x3, b);
      a = high.lanewise(LSHL, 12).and(mask).or(one).reinterpretAsFloats().fma(x4, a);
      b = high.lanewise(LSHL, 5).and(mask).or(one).reinterpretAsFloats().fma(x5, b);
      a = high.lanewise(LSHR, 2).and(mask).or(one).reinterpretAsFloats().fma(x6, a);
      b = high.lanewise(LSHR, 9).and(mask).or(one).reinterpretAsFloats().fma(x7, b);
      FloatVector total = FloatVector.fromArray(F, totals, row * COUNT);
      sum.fma(u, a).add(b).fma(s, total).intoArray(totals, row * COUNT);
      place += stride;
      scalesAt += scalesOfRow;
    }
  }

  /** 4 codes of 8 bits. */
  private void eight(
      MemorySegment from, long at, long stride, int rows, RowRoom room, float[] x, int block) {
    IntVector mask = IntVector.fromArray(I, bits, 0);
    IntVector one = IntVector.fromArray(I, bits, COUNT);
    float[] totals = room.totals();
    float[] factors = room.factors();
    float[] origins = room.origins();
    int scalesAt = scales.first(block);
    int scalesOfRow = room.stride();
    VectorShuffle<Float> shuffle = scales.shuffle(block);
    int i = block * 4 * COUNT;
    FloatVector x0 = FloatVector.fromArray(F, x, i);
    FloatVector x1 = FloatVector.fromArray(F, x, i + 1 * COUNT);
    FloatVector x2 = FloatVector.fromArray(F, x, i + 2 * COUNT);
    FloatVector x3 = FloatVector.fromArray(F, x, i + 3 * COUNT);
    FloatVector sum = FloatVector.fromArray(F, x, order.codes() + block * COUNT);
    long place = at + block * (long) BYTES;
    for (int row = 0; row < rows; row++) {
      FloatVector s = FloatVector.fromArray(F, factors, scalesAt).rearrange(shuffle);
      FloatVector u = FloatVector.fromArray(F, origins, scalesAt).rearrange(shuffle);
      IntVector word = IntVector.fromMemorySegment(I, from, place, ORDER);
      FloatVector a = word.lanewise(LSHL, 15).and(mask).or(one).reinterpretAsFloats().mul(x0);
      FloatVector b = word.lanewise(LSHL, 7).and(mask).or(one).reinterpretAsFloats().mul(x1);
      a = word.lanewise(LSHR, 1).and(mask).or(one).reinterpretAsFloats().fma(x2, a);
      b = word.lanewise(LSHR, 9).and(mask).or(one).reinterpretAsFloats().fma(x3, b);
      FloatVector total = FloatVector.fromArray(F, totals, row * COUNT);
      sum.fma(u, a).add(b).fma(s, total).intoArray(totals, row * COUNT);
      place += stride;
      scalesAt += scalesOfRow;
    }
  }
}
