package io.compot.gguf.block;

import java.util.Arrays;

/**
 * Q6_K: 128 bytes with the four low bits of every code, 64 with the two high ones, 16 signed bytes
 * of scales, the block's scale. Weight 32f + l of a half (f from 0 to 3) has half f/2 of byte 32(f
 * mod 2) + l of the half's 64 and field f of byte l of its 32.
 */
record Q6kLayout() implements BlockLayout {

  private static final int HIGH = 128;
  private static final int SCALES = 192;
  private static final int SCALE = 208;

  @Override
  public void unpack(byte[] bytes, int at, BlockParts parts) {
    for (int e = 0; e < parts.codes.length; e++) {
      int f = e % 128 / 32;
      int low = Words.field(bytes, at + lowPlace(e), f / 2 * 4, 4);
      int high = Words.field(bytes, at + HIGH + highPlace(e), f * 2, 2);
      parts.codes[e] = low | high << 4;
    }
    for (int s = 0; s < parts.subs(); s++) {
      parts.subScales[s] = bytes[at + SCALES + s];
    }
    parts.scale = Words.half(bytes, at + SCALE);
  }

  @Override
  public void pack(BlockParts parts, byte[] bytes, int at) {
    Arrays.fill(bytes, at, at + SCALE, (byte) 0);
    for (int e = 0; e < parts.codes.length; e++) {
      int f = e % 128 / 32;
      Words.put(bytes, at + lowPlace(e), f / 2 * 4, parts.codes[e] & 15);
      Words.put(bytes, at + HIGH + highPlace(e), f * 2, parts.codes[e] >> 4);
    }
    for (int s = 0; s < parts.subs(); s++) {
      bytes[at + SCALES + s] = (byte) parts.subScales[s];
    }
    Words.half(bytes, at + SCALE, parts.scale);
  }

  private static int lowPlace(int e) {
    return e / 128 * 64 + e % 64;
  }

  private static int highPlace(int e) {
    return e / 128 * 32 + e % 32;
  }
}
