package io.compot.gguf.block;

import java.util.Optional;

/**
 * Weights that lie on grids already, as blocks of a type that has such a grid: codes stay what they
 * are, and nothing is rounded but scales, to half precision.
 */
public final class GridBlocks {

  /** The smallest scale that half precision holds to all its digits, and the largest. */
  private static final float LEAST = 0x1p-14f;

  private static final float MOST = 65504;

  private GridBlocks() {}

  /**
   * The type whose blocks have the grid s·(q − z).
   *
   * @param width of the codes
   * @param symmetric whether z is half their range
   * @param group consecutive weights with one scale
   */
  public static Optional<BlockType> type(int width, boolean symmetric, long group) {
    BlockType type =
        switch (width) {
          case 4 -> symmetric ? BlockType.Q4_0 : BlockType.Q4_1;
          case 5 -> symmetric ? BlockType.Q5_0 : BlockType.Q5_1;
          case 8 -> symmetric ? BlockType.Q8_0 : null;
          default -> null;
        };
    return Optional.ofNullable(type).filter(each -> group % each.elements() == 0);
  }

  /** Whether half precision holds a scale as well as any other. */
  public static boolean holds(float scale) {
    return scale == 0 || (Math.abs(scale) >= LEAST && Math.abs(scale) <= MOST);
  }

  /**
   * A matrix as blocks.
   *
   * @param codes q, [rows, columns]
   * @param scales s, [rows, groups]
   * @param zeros z, [rows, groups]
   * @return the blocks, row after row
   */
  public static byte[] pack(
      BlockType type, int rows, int columns, byte[] codes, float[] scales, byte[] zeros) {
    var parts = new BlockParts(type);
    int groups = scales.length / rows;
    int inGroup = columns / groups;
    int inBlock = type.elements();
    int blocks = codes.length / inBlock;
    byte[] bytes = new byte[Math.multiplyExact(blocks, type.bytes())];
    for (int block = 0; block < blocks; block++) {
      int first = block * inBlock;
      int group = first / columns * groups + first % columns / inGroup;
      parts.scale = Float.float16ToFloat(Float.floatToFloat16(scales[group]));
      parts.minimum = -parts.scale * (zeros[group] & 0xff);
      for (int j = 0; j < inBlock; j++) {
        parts.codes[j] = codes[first + j] & 0xff;
      }
      parts.pack(bytes, block * type.bytes());
    }
    return bytes;
  }
}
