package io.compot.gguf.block;

import java.util.Arrays;

/**
 * IQ4_XS: the block's scale, a word with the two high bits of eight scales, 4 bytes with their low
 * halves, then 16 bytes a sub-block of 32 as IQ4_NL keeps them. A scale of 32 stands for zero.
 */
record Iq4XsLayout() implements BlockLayout {

  private static final int LOW = 4;
  private static final int CODES = 8;
  private static final int ZERO = 32;

  @Override
  public void unpack(byte[] bytes, int at, BlockParts parts) {
    parts.scale = Words.half(bytes, at);
    int high = Words.u16(bytes, at + 2);
    for (int k = 0; k < parts.subs(); k++) {
      int low = Words.field(bytes, at + LOW + k / 2, k % 2 * 4, 4);
      parts.subScales[k] = (low | (((high >> (2 * k)) & 3) << 4)) - ZERO;
    }
    for (int e = 0; e < parts.codes.length; e++) {
      parts.codes[e] = Words.field(bytes, at + CODES + place(e), e % 32 / 16 * 4, 4);
    }
  }

  @Override
  public void pack(BlockParts parts, byte[] bytes, int at) {
    Arrays.fill(bytes, at, at + CODES + parts.codes.length / 2, (byte) 0);
    Words.half(bytes, at, parts.scale);
    int high = 0;
    for (int k = 0; k < parts.subs(); k++) {
      int stored = parts.subScales[k] + ZERO;
      Words.put(bytes, at + LOW + k / 2, k % 2 * 4, stored & 15);
      high |= (stored >> 4) << (2 * k);
    }
    Words.u16(bytes, at + 2, high);
    for (int e = 0; e < parts.codes.length; e++) {
      Words.put(bytes, at + CODES + place(e), e % 32 / 16 * 4, parts.codes[e]);
    }
  }

  private static int place(int e) {
    return e / 32 * 16 + e % 16;
  }
}
