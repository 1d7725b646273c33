package io.compot.gguf.block;

import org.jspecify.annotations.Nullable;

/**
 * A matrix whose blocks' scales stand before its codes are chosen: rounding with feedback asks for
 * the nearest stored number of single weights, in any order of columns. Rows may be worked on from
 * different threads.
 */
public final class BlockMatrix {

  private final BlockType type;
  private final int columns;
  private final int rowBytes;
  private final int sub;
  private final int[] levels;
  private final LevelTable table;
  private final byte[] bytes;
  private final float[] steps;
  private final float[] lows;

  /**
   * A matrix of zeros.
   *
   * @param columns whole blocks
   */
  public BlockMatrix(BlockType type, int rows, int columns) {
    BlockForm form = BlockForm.of(type);
    this.type = type;
    this.columns = columns;
    this.rowBytes = Math.toIntExact(type.bytes(columns).orElseThrow());
    this.sub = form.sub;
    this.levels = form.levels;
    this.table = new LevelTable(levels);
    this.bytes = new byte[Math.multiplyExact(rows, rowBytes)];
    this.steps = new float[rows * (columns / sub)];
    this.lows = new float[steps.length];
  }

  /**
   * Sets the scales of a row's blocks as {@link BlockEncoder#fitted} does, and its codes to the
   * nearest.
   */
  public void fit(int row, float[] values, int from, float @Nullable [] importance) {
    BlockEncoder.fitted(type).encode(values, from, importance, 0, bytes, row * rowBytes, columns);
    var parts = new BlockParts(type);
    int at = row * (columns / sub);
    for (int block = 0; block < columns / type.elements(); block++) {
      parts.unpack(bytes, row * rowBytes + block * type.bytes());
      for (int s = 0; s < parts.subs(); s++, at++) {
        steps[at] = parts.step(s);
        lows[at] = parts.low(s);
      }
    }
  }

  /** The code whose weight is nearest to a number. */
  public int code(int row, int column, float wanted) {
    int at = row * (columns / sub) + column / sub;
    return table.code(steps[at] == 0 ? 0 : (wanted + lows[at]) / (double) steps[at]);
  }

  /** The weight that a code stands for. */
  public float value(int row, int column, int code) {
    int at = row * (columns / sub) + column / sub;
    return steps[at] * levels[code] - lows[at];
  }

  /**
   * Sets the codes of a row.
   *
   * @param codes unsigned, from {@code from} on
   */
  public void put(int row, byte[] codes, int from) {
    var parts = new BlockParts(type);
    for (int block = 0; block < columns / type.elements(); block++) {
      int at = row * rowBytes + block * type.bytes();
      parts.unpack(bytes, at);
      for (int j = 0; j < type.elements(); j++) {
        parts.codes[j] = codes[from + block * type.elements() + j] & 0xff;
      }
      parts.pack(bytes, at);
    }
  }

  /** The blocks, row after row; not a copy. */
  public byte[] bytes() {
    return bytes;
  }
}
