package io.compot.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Rows on a grid. Each lane of a vector takes neighbouring codes of its own, whole bytes of them,
 * so that one shift takes a code out of every lane. One vector is multiplied by the codes as they
 * come out; for several a few rows are spread out into floats.
 */
final class VectorGroupedRows implements Rows {

  private final Weight.Grouped weight;
  private final Codes codes;
  private final GroupScales scales;
  private final LaneCodes order;
  private final CodeSpread spread;
  private final GroupedDots dots;

  /** Whether codes come out of vectors as they are stored. */
  private final boolean comesOut;

  /** Rows that may be read whole blocks of; those behind are in {@link #tail}. */
  private final int inside;

  private final MemorySegment tail;

  VectorGroupedRows(Weight.Grouped weight) {
    int width = weight.width();
    int each = each(width);
    int laneBytes = each * width / Byte.SIZE;
    this.weight = weight;
    this.codes = new Codes(weight);
    this.order = new LaneCodes(weight.in(), each);
    this.scales = new GroupScales(weight, each, order.blocks());
    var lower = new LaneWords(laneBytes, 0);
    var upper = laneBytes > 4 ? new LaneWords(laneBytes, width == 5 ? 1 : 3) : lower;
    this.spread = new CodeSpread(width, order, scales, lower, upper);
    this.dots = new GroupedDots(width, order, scales, lower, upper);
    this.comesOut = laneBytes == Integer.BYTES || LaneWords.PERMUTES;
    long read = lower.read(order.blocks());
    long row = 4L * weight.rowWords();
    long all = weight.codes().byteSize();
    this.inside = all < read ? 0 : (int) Math.min(weight.out(), (all - read) / row + 1);
    this.tail = Arena.ofAuto().allocate((weight.out() - inside) * row + read, 64);
    MemorySegment.copy(weight.codes(), inside * row, tail, 0, all - inside * row);
  }

  /** Whether each lane's codes share a scale, and there are lanes. */
  static boolean fits(Weight.Grouped weight) {
    return Lanes.COUNT >= 4 && (weight.groups() == 1 || weight.group() % each(weight.width()) == 0);
  }

  /** Codes of a lane: whole bytes, as many as one or two words hold. */
  private static int each(int width) {
    return switch (width) {
      case 2 -> 16;
      case 6, 8 -> 4;
      default -> 8;
    };
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
    return order.width();
  }

  @Override
  public Object order() {
    return order;
  }

  @Override
  public void arrange(float[] x, int from, float[] to, int at) {
    order.arrange(x, from, to, at);
  }

  @Override
  public void read(int row, float[] to) {
    codes.read(row, to);
  }

  @Override
  public void product(int first, int last, float[] arranged, int count, float[] y, int stride) {
    var room = new RowRoom(scales);
    float[] tiles = new float[count == 1 && comesOut ? 0 : TileDots.ROWS * order.codes()];
    long rowBytes = 4L * weight.rowWords();
    int rows;
    for (int row = first; row < last; row += rows) {
      // All of them in the same memory.
      int end = row < inside ? Math.min(inside, last) : last;
      rows = Math.min(RowRoom.ROWS, end - row);
      room.read(row, rows);
      if (tiles.length == 0) {
        dots.product(memory(row), at(row), rowBytes, rows, room, arranged, y, row);
      } else {
        for (int i = 0; i < rows; i += TileDots.ROWS) {
          spread(row, i, Math.min(TileDots.ROWS, rows - i), room, tiles);
          TileDots.product(
              tiles,
              Math.min(TileDots.ROWS, rows - i),
              order.codes(),
              arranged,
              width(),
              count,
              y,
              row + i,
              stride);
        }
      }
    }
  }

  private void spread(int row, int from, int rows, RowRoom room, float[] tiles) {
    for (int i = 0; i < rows; i++) {
      int own = row + from + i;
      spread.spread(memory(own), at(own), room, from + i, tiles, i * order.codes());
    }
  }

  private MemorySegment memory(int row) {
    return row < inside ? weight.codes() : tail;
  }

  private long at(int row) {
    return 4L * weight.rowWords() * (row < inside ? row : row - inside);
  }
}
