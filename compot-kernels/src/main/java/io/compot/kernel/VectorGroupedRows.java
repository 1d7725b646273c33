package io.compot.kernel;

import static io.compot.kernel.Lanes.BYTES;
import static io.compot.kernel.Lanes.COUNT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Rows on a grid. Each lane of a vector takes whole words of its own, so that one shift takes a
 * code out of every lane: a block is {@code COUNT} times the codes of one word, or of {@code width}
 * words where codes straddle them. A row is spread out into floats in that order and multiplied by
 * x, which was put in the same.
 */
final class VectorGroupedRows implements Rows {

  private final Weight.Grouped weight;
  private final Codes codes;
  private final GroupScales scales;
  private final CodeSpread spread;
  private final int laneCodes;
  private final int laneWords;
  private final int blocks;

  /** Rows whose last block ends within the codes; those behind are in {@link #tail}. */
  private final int inside;

  private final MemorySegment tail;

  VectorGroupedRows(Weight.Grouped weight) {
    this.weight = weight;
    this.codes = new Codes(weight);
    this.laneCodes = laneCodes(weight.width());
    this.laneWords = laneCodes * weight.width() / Integer.SIZE;
    this.blocks = Math.ceilDiv(weight.in(), COUNT * laneCodes);
    this.scales = new GroupScales(weight, COUNT, laneCodes, blocks);
    long read = (long) blocks * laneWords * BYTES;
    long row = 4L * weight.rowWords();
    long all = weight.codes().byteSize();
    this.spread = new CodeSpread(scales, blocks);
    this.inside = all < read ? 0 : (int) Math.min(weight.out(), (all - read) / row + 1);
    this.tail = Arena.ofAuto().allocate((weight.out() - inside) * row + read, 64);
    MemorySegment.copy(weight.codes(), inside * row, tail, 0, all - inside * row);
  }

  /** Whether each lane's codes share a scale. */
  static boolean fits(Weight.Grouped weight) {
    return weight.groups() == 1 || weight.group() % laneCodes(weight.width()) == 0;
  }

  private static int laneCodes(int width) {
    return Integer.SIZE % width == 0 ? Integer.SIZE / width : Integer.SIZE;
  }

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
    return blocks * COUNT * laneCodes;
  }

  @Override
  public void arrange(float[] x, int from, float[] to, int at) {
    int in = weight.in();
    for (int block = 0; block < blocks; block++) {
      for (int lane = 0; lane < COUNT; lane++) {
        int column = (block * COUNT + lane) * laneCodes;
        int place = at + block * COUNT * laneCodes + lane;
        for (int code = 0; code < laneCodes; code++) {
          to[place + code * COUNT] = column + code < in ? x[from + column + code] : 0;
        }
      }
    }
  }

  @Override
  public void read(int row, float[] to) {
    codes.read(row, to);
  }

  @Override
  public void product(int first, int last, float[] arranged, int count, float[] y, int stride) {
    float[] tile = new float[width()];
    float[] factors = new float[scales.room()];
    float[] shifts = new float[scales.room()];
    int[] words = new int[COUNT * laneWords];
    long rowBytes = 4L * weight.rowWords();
    for (int row = first; row < last; row++) {
      boolean in = row < inside;
      scales.read(row, factors, shifts);
      spread(
          in ? weight.codes() : tail,
          (in ? row : row - inside) * rowBytes,
          factors,
          shifts,
          words,
          tile);
      TileDots.product(tile, tile.length, arranged, count, y, row, stride);
    }
  }

  private void spread(
      MemorySegment from, long at, float[] factors, float[] shifts, int[] words, float[] tile) {
    switch (weight.width()) {
      case 2 -> spread.two(from, at, factors, shifts, tile);
      case 4 -> spread.four(from, at, factors, shifts, tile);
      case 8 -> spread.eight(from, at, factors, shifts, tile);
      default -> {
        for (int block = 0; block < blocks; block++) {
          transpose(from, at + (long) block * laneWords * BYTES, words);
          spread.straddling(words, weight.width(), block, factors, shifts, tile);
        }
      }
    }
  }

  /** Word i of each lane behind one another. */
  private void transpose(MemorySegment from, long at, int[] words) {
    for (int lane = 0; lane < COUNT; lane++) {
      for (int i = 0; i < laneWords; i++) {
        words[i * COUNT + lane] = from.get(JAVA_INT_UNALIGNED, at + 4L * (lane * laneWords + i));
      }
    }
  }
}
