package io.compot.gguf.block;

import java.util.Arrays;

/**
 * Blocks of 32 with 4 or 5 bits a code: Q4_0, Q4_1, Q5_0, Q5_1, IQ4_NL, MXFP4. First the scale
 * (half precision, or one byte of exponent), for affine types the minimum, for 5 bits a word with
 * all fifth bits, then 16 bytes: code j in the low half of byte j, code 16 + j in its high half.
 */
record NibbleLayout(Scales scales, boolean fifthBit) implements BlockLayout {

  private static final int HALF = 16;

  /** Exponent of MXFP4's scale that stands for 2^-128 times twice its levels. */
  private static final int BIAS = 128;

  @Override
  public void unpack(byte[] bytes, int at, BlockParts parts) {
    if (scales == Scales.POWER) {
      parts.scale = Math.scalb(1f, (bytes[at] & 0xff) - BIAS);
    } else {
      parts.scale = Words.half(bytes, at);
    }
    if (scales == Scales.AFFINE) {
      parts.minimum = Words.half(bytes, at + 2);
    }
    int high = fifthBit ? Words.i32(bytes, at + head() - 4) : 0;
    for (int j = 0; j < HALF; j++) {
      int pair = bytes[at + head() + j];
      parts.codes[j] = (pair & 15) | ((high >> j & 1) << 4);
      parts.codes[HALF + j] = (pair >> 4 & 15) | ((high >> (HALF + j) & 1) << 4);
    }
  }

  @Override
  public void pack(BlockParts parts, byte[] bytes, int at) {
    if (scales == Scales.POWER) {
      // Scaled up, since the smallest scales have no exponent of their own.
      bytes[at] = (byte) (Math.getExponent(parts.scale * 0x1p64f) - 64 + BIAS);
    } else {
      Words.half(bytes, at, parts.scale);
    }
    if (scales == Scales.AFFINE) {
      Words.half(bytes, at + 2, parts.minimum);
    }
    int high = 0;
    Arrays.fill(bytes, at + head(), at + head() + HALF, (byte) 0);
    for (int j = 0; j < 2 * HALF; j++) {
      Words.put(bytes, at + head() + j % HALF, j / HALF * 4, parts.codes[j] & 15);
      high |= (parts.codes[j] >> 4) << j;
    }
    if (fifthBit) {
      Words.i32(bytes, at + head() - 4, high);
    }
  }

  /** Bytes before the codes. */
  private int head() {
    return switch (scales) {
      case POWER -> 1;
      case AFFINE -> fifthBit ? 8 : 4;
      default -> fifthBit ? 6 : 2;
    };
  }
}
