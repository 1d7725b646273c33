package io.compot.kernel;

import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.F;
import static io.compot.kernel.Lanes.I;
import static io.compot.kernel.Lanes.ORDER;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** Rows of a plain matrix, added up with factors: what attention makes of its values. */
final class VectorCombination {

  private static final int BLOCK = 2 * COUNT;

  private VectorCombination() {}

  static void combine(
      Weight.Plain w, int first, int last, float[] factors, int factorsAt, float[] y, int yAt) {
    int in = w.in();
    int whole = in - in % BLOCK;
    switch (w.type()) {
      case F32 -> {
        for (int at = 0; at < whole; at += BLOCK) {
          full(w.numbers(), in, at, first, last, factors, factorsAt, y, yAt + at);
        }
      }
      case BF16 -> {
        for (int at = 0; at < whole; at += BLOCK) {
          brief(w.numbers(), in, at, first, last, factors, factorsAt, y, yAt + at);
        }
        new Halves(whole).undo(y, yAt);
      }
      case F16 -> {
        for (int at = 0; at < whole; at += BLOCK) {
          half(w.numbers(), in, at, first, last, factors, factorsAt, y, yAt + at);
        }
        new Halves(whole).undo(y, yAt);
      }
    }
    Arrays.fill(y, yAt + whole, yAt + in, 0);
    for (int row = first; row < last; row++) {
      for (int i = whole; i < in; i++) {
        float number = w.type().get(w.numbers(), (long) row * in + i);
        y[yAt + i] = Math.fma(factors[factorsAt + row], number, y[yAt + i]);
      }
    }
  }

  private static void full(
      MemorySegment numbers,
      int in,
      int at,
      int first,
      int last,
      float[] factors,
      int factorsAt,
      float[] y,
      int yAt) {
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    for (int row = first; row < last; row++) {
      long from = 4L * ((long) row * in + at);
      FloatVector factor = FloatVector.broadcast(F, factors[factorsAt + row]);
      a = FloatVector.fromMemorySegment(F, numbers, from, ORDER).fma(factor, a);
      b = FloatVector.fromMemorySegment(F, numbers, from + 4L * COUNT, ORDER).fma(factor, b);
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + COUNT);
  }

  private static void brief(
      MemorySegment numbers,
      int in,
      int at,
      int first,
      int last,
      float[] factors,
      int factorsAt,
      float[] y,
      int yAt) {
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    for (int row = first; row < last; row++) {
      long from = 2L * ((long) row * in + at);
      FloatVector factor = FloatVector.broadcast(F, factors[factorsAt + row]);
      IntVector words = IntVector.fromMemorySegment(I, numbers, from, ORDER);
      a = Lanes.low(words).fma(factor, a);
      b = Lanes.high(words).fma(factor, b);
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + COUNT);
  }

  private static void half(
      MemorySegment numbers,
      int in,
      int at,
      int first,
      int last,
      float[] factors,
      int factorsAt,
      float[] y,
      int yAt) {
    FloatVector a = FloatVector.zero(F);
    FloatVector b = FloatVector.zero(F);
    for (int row = first; row < last; row++) {
      long from = 2L * ((long) row * in + at);
      FloatVector factor = FloatVector.broadcast(F, factors[factorsAt + row]);
      IntVector words = IntVector.fromMemorySegment(I, numbers, from, ORDER);
      a = Lanes.lowHalf(words).fma(factor, a);
      b = Lanes.highHalf(words).fma(factor, b);
    }
    a.intoArray(y, yAt);
    b.intoArray(y, yAt + COUNT);
  }
}
