package io.compot.image;

/**
 * Red, green and blue of every pixel, row after row.
 *
 * @see ImageFile
 */
public final class Picture {

  /** Numbers of a pixel. */
  static final int CHANNELS = 3;

  private final int width;
  private final int height;
  private final byte[] levels;

  /**
   * @param levels of height × width × 3, from 0 to 255, as unsigned bytes; taken over
   */
  Picture(int width, int height, byte[] levels) {
    if (levels.length != Math.multiplyExact(Math.multiplyExact(width, height), CHANNELS)) {
      throw new IllegalArgumentException(
          "%d levels are not %d x %d pixels".formatted(levels.length, width, height));
    }
    this.width = width;
    this.height = height;
    this.levels = levels;
  }

  /** Columns. */
  public int width() {
    return width;
  }

  /** Rows. */
  public int height() {
    return height;
  }

  /** A level, from 0 to 255. */
  public int level(int row, int column, int channel) {
    return levels[(row * width + column) * CHANNELS + channel] & 0xFF;
  }

  /** A copy of all levels. */
  public byte[] levels() {
    return levels.clone();
  }

  /** All levels, not to be changed. */
  byte[] shared() {
    return levels;
  }
}
