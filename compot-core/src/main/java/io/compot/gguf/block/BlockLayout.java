package io.compot.gguf.block;

/**
 * Where a block's bytes keep scales and codes. A block of n weights has sub-blocks; weight j of
 * sub-block s is
 *
 * <pre>x = step_s · level[q_j] − low_s</pre>
 *
 * with integer codes q, a table of integer levels that belongs to the type, and steps and lows that
 * {@link BlockParts} computes from the stored scales. All numbers are little-endian.
 */
interface BlockLayout {

  /** Takes a block apart. */
  void unpack(byte[] bytes, int at, BlockParts parts);

  /** Puts a block together; what {@link #unpack} then gives is {@code parts} again. */
  void pack(BlockParts parts, byte[] bytes, int at);
}
