package io.compot.gguf.block;

import java.util.Arrays;

/**
 * Q3_K: 32 bytes with every weight's third bit (weight e: bit e/32 of byte e mod 32), 64 bytes with
 * the two low ones, 12 bytes with 16 scales of 6 bits, the block's scale. Of scale k the low half
 * byte is half k/8 of byte k mod 8, the two high bits are field k/4 of byte 8 + k mod 4; 32 stands
 * for zero.
 */
record Q3kLayout() implements BlockLayout {

  private static final int LOW = 32;
  private static final int SCALES = 96;
  private static final int SCALE = 108;
  private static final int ZERO = 32;

  @Override
  public void unpack(byte[] bytes, int at, BlockParts parts) {
    TwoBits.unpack(bytes, at + LOW, parts.codes);
    for (int e = 0; e < parts.codes.length; e++) {
      parts.codes[e] |= Words.field(bytes, at + e % 32, e / 32, 1) << 2;
    }
    for (int k = 0; k < parts.subs(); k++) {
      int low = Words.field(bytes, at + SCALES + k % 8, k / 8 * 4, 4);
      int high = Words.field(bytes, at + SCALES + 8 + k % 4, k / 4 * 2, 2);
      parts.subScales[k] = (low | high << 4) - ZERO;
    }
    parts.scale = Words.half(bytes, at + SCALE);
  }

  @Override
  public void pack(BlockParts parts, byte[] bytes, int at) {
    Arrays.fill(bytes, at, at + SCALE, (byte) 0);
    TwoBits.pack(parts.codes, bytes, at + LOW);
    for (int e = 0; e < parts.codes.length; e++) {
      Words.put(bytes, at + e % 32, e / 32, parts.codes[e] >> 2);
    }
    for (int k = 0; k < parts.subs(); k++) {
      int stored = parts.subScales[k] + ZERO;
      Words.put(bytes, at + SCALES + k % 8, k / 8 * 4, stored & 15);
      Words.put(bytes, at + SCALES + 8 + k % 4, k / 4 * 2, stored >> 4);
    }
    Words.half(bytes, at + SCALE, parts.scale);
  }
}
