package io.compot.gguf.block;

import java.util.Arrays;

/**
 * Q2_K: 16 bytes with scale (low half) and minimum (high half) of each sub-block, 64 bytes of
 * codes, scale and minimum of the block. Byte l of a half's 32 bytes holds the codes of weights l,
 * 32 + l, 64 + l and 96 + l of that half.
 */
record Q2kLayout() implements BlockLayout {

  private static final int CODES = 16;
  private static final int SCALE = 80;

  @Override
  public void unpack(byte[] bytes, int at, BlockParts parts) {
    for (int s = 0; s < parts.subs(); s++) {
      parts.subScales[s] = bytes[at + s] & 15;
      parts.subMinima[s] = bytes[at + s] >> 4 & 15;
    }
    TwoBits.unpack(bytes, at + CODES, parts.codes);
    parts.scale = Words.half(bytes, at + SCALE);
    parts.minimum = Words.half(bytes, at + SCALE + 2);
  }

  @Override
  public void pack(BlockParts parts, byte[] bytes, int at) {
    for (int s = 0; s < parts.subs(); s++) {
      bytes[at + s] = (byte) (parts.subScales[s] | parts.subMinima[s] << 4);
    }
    Arrays.fill(bytes, at + CODES, at + SCALE, (byte) 0);
    TwoBits.pack(parts.codes, bytes, at + CODES);
    Words.half(bytes, at + SCALE, parts.scale);
    Words.half(bytes, at + SCALE + 2, parts.minimum);
  }
}
