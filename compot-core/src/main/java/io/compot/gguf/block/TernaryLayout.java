package io.compot.gguf.block;

import java.util.Arrays;

/**
 * TQ2_0: 64 bytes as Q2_K keeps its codes, then the scale. TQ1_0: codes of three values, five of
 * them in a byte as the leading digits of a fraction in base 3 (48 bytes), the last 16 four in a
 * byte, then the scale.
 */
record TernaryLayout(boolean digits) implements BlockLayout {

  private static final int[] POWERS = {1, 3, 9, 27, 81};

  /** Runs of bytes: {first byte, bytes, codes a byte, first code}. */
  private static final int[][] RUNS = {{0, 32, 5, 0}, {32, 16, 5, 160}, {48, 4, 4, 240}};

  @Override
  public void unpack(byte[] bytes, int at, BlockParts parts) {
    if (!digits) {
      TwoBits.unpack(bytes, at, parts.codes);
      parts.scale = Words.half(bytes, at + 64);
      return;
    }
    for (int[] run : RUNS) {
      for (int n = 0; n < run[2]; n++) {
        for (int m = 0; m < run[1]; m++) {
          int shifted = bytes[at + run[0] + m] * POWERS[n] & 0xff;
          parts.codes[run[3] + n * run[1] + m] = (shifted * 3) >> 8;
        }
      }
    }
    parts.scale = Words.half(bytes, at + 52);
  }

  @Override
  public void pack(BlockParts parts, byte[] bytes, int at) {
    if (!digits) {
      Arrays.fill(bytes, at, at + 64, (byte) 0);
      TwoBits.pack(parts.codes, bytes, at);
      Words.half(bytes, at + 64, parts.scale);
      return;
    }
    for (int[] run : RUNS) {
      for (int m = 0; m < run[1]; m++) {
        int number = 0;
        for (int n = 0; n < 5; n++) {
          number = number * 3 + (n < run[2] ? parts.codes[run[3] + n * run[1] + m] : 0);
        }
        // The fraction number / 243 in 256ths, rounded up so that its digits come back.
        bytes[at + run[0] + m] = (byte) ((number * 256 + 242) / 243);
      }
    }
    Words.half(bytes, at + 52, parts.scale);
  }
}
