package io.compot.gguf.block;

import java.util.Arrays;

/**
 * Q4_K and Q5_K: scale and minimum of the block, 12 bytes with eight scales and minima of 6 bits,
 * for Q5_K 32 bytes with every weight's fifth bit (weight e: bit e/32 of byte e mod 32), 128 bytes
 * with four bits a weight: 64 weights in 32 bytes, the first 32 of them in the low halves.
 *
 * <p>Scales and minima 0 to 3 are the low six bits of bytes 0 to 3 and 4 to 7; of those from 4 on
 * the low four bits are the halves of bytes 8 to 11, the high two the free ones of bytes 0 to 7.
 */
record Q45kLayout(boolean fifthBit) implements BlockLayout {

  private static final int SCALES = 4;
  private static final int FIFTH = 16;

  @Override
  public void unpack(byte[] bytes, int at, BlockParts parts) {
    parts.scale = Words.half(bytes, at);
    parts.minimum = Words.half(bytes, at + 2);
    int from = at + SCALES;
    for (int k = 0; k < 4; k++) {
      parts.subScales[k] = bytes[from + k] & 63;
      parts.subMinima[k] = bytes[from + 4 + k] & 63;
      parts.subScales[4 + k] =
          Words.field(bytes, from + 8 + k, 0, 4) | Words.field(bytes, from + k, 6, 2) << 4;
      parts.subMinima[4 + k] =
          Words.field(bytes, from + 8 + k, 4, 4) | Words.field(bytes, from + 4 + k, 6, 2) << 4;
    }
    int low = at + (fifthBit ? FIFTH + 32 : FIFTH);
    for (int e = 0; e < parts.codes.length; e++) {
      int code = Words.field(bytes, low + e / 64 * 32 + e % 32, e % 64 / 32 * 4, 4);
      int high = fifthBit ? Words.field(bytes, at + FIFTH + e % 32, e / 32, 1) : 0;
      parts.codes[e] = code | high << 4;
    }
  }

  @Override
  public void pack(BlockParts parts, byte[] bytes, int at) {
    int low = at + (fifthBit ? FIFTH + 32 : FIFTH);
    Arrays.fill(bytes, at, low + 128, (byte) 0);
    Words.half(bytes, at, parts.scale);
    Words.half(bytes, at + 2, parts.minimum);
    int from = at + SCALES;
    for (int k = 0; k < 4; k++) {
      Words.put(bytes, from + k, 0, parts.subScales[k]);
      Words.put(bytes, from + 4 + k, 0, parts.subMinima[k]);
      Words.put(bytes, from + 8 + k, 0, parts.subScales[4 + k] & 15);
      Words.put(bytes, from + 8 + k, 4, parts.subMinima[4 + k] & 15);
      Words.put(bytes, from + k, 6, parts.subScales[4 + k] >> 4);
      Words.put(bytes, from + 4 + k, 6, parts.subMinima[4 + k] >> 4);
    }
    for (int e = 0; e < parts.codes.length; e++) {
      Words.put(bytes, low + e / 64 * 32 + e % 32, e % 64 / 32 * 4, parts.codes[e] & 15);
      if (fifthBit) {
        Words.put(bytes, at + FIFTH + e % 32, e / 32, parts.codes[e] >> 4);
      }
    }
  }
}
