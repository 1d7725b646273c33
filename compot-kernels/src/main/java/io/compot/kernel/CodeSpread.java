package io.compot.kernel;

import static io.compot.kernel.Lanes.COUNT;
import static io.compot.kernel.Lanes.I;
import static jdk.incubator.vector.VectorOperators.ROL;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Takes the codes of a row out of its words and spreads them out as floats, in the order of {@link
 * LaneCodes}: w = s·(1 + q/2^width) + s·u. A code is put into the highest bits of a fraction, with
 * the exponent of 1 before it, which is no conversion.
 */
final class CodeSpread {

  private static final int ONE = 0x3f800000;
  private static final int FRACTION = 23;

  private final int width;
  private final LaneCodes order;
  private final GroupScales scales;
  private final LaneWords lower;
  private final LaneWords upper;

  /** Of each code: where its word is among those of {@link RowRoom}, and how far it is turned. */
  private final int[] sources;

  private final int[] turns;

  /** Rows of such codes. */
  CodeSpread(int width, LaneCodes order, GroupScales scales, LaneWords lower, LaneWords upper) {
    this.width = width;
    this.order = order;
    this.scales = scales;
    this.lower = lower;
    this.upper = upper;
    int each = order.each();
    this.sources = new int[each];
    this.turns = new int[each * COUNT];
    for (int code = 0; code < each; code++) {
      int bit = code * width;
      boolean above = bit + width > Integer.SIZE;
      sources[code] = above ? COUNT : 0;
      int move = FRACTION - width - bit + (above ? Byte.SIZE * upper.offset() : 0);
      Arrays.fill(turns, code * COUNT, (code + 1) * COUNT, Math.floorMod(move, Integer.SIZE));
    }
  }

  /**
   * Spreads a row.
   *
   * @param at where its codes begin
   * @param room with the row's scales, {@code index} of those that it has
   * @param to takes {@link LaneCodes#codes} floats from {@code into}
   */
  void spread(MemorySegment from, long at, RowRoom room, int index, float[] to, int into) {
    IntVector mask = IntVector.broadcast(I, ((1 << width) - 1) << (FRACTION - width));
    IntVector one = IntVector.broadcast(I, ONE);
    int[] words = room.words();
    int scalesAt = room.at(index);
    int each = order.each();
    long bytes = lower.blockBytes();
    for (int block = 0; block < order.blocks(); block++) {
      FloatVector s = scales.vector(room.factors(), scalesAt, block);
      FloatVector t = scales.vector(room.origins(), scalesAt, block).mul(s);
      if (lower != upper) {
        upper.read(from, at + block * bytes, words, COUNT);
      }
      lower.read(from, at + block * bytes, words, 0);
      for (int code = 0; code < each; code++) {
        IntVector.fromArray(I, words, sources[code])
            .lanewise(ROL, IntVector.fromArray(I, turns, code * COUNT))
            .and(mask)
            .or(one)
            .reinterpretAsFloats()
            .fma(s, t)
            .intoArray(to, into + (block * each + code) * COUNT);
      }
    }
  }
}
