package io.compot.gguf.block;

/** The two low bits of 256 codes in 64 bytes, as Q2_K and Q3_K keep them. */
final class TwoBits {

  private TwoBits() {}

  static void unpack(byte[] bytes, int at, int[] codes) {
    for (int e = 0; e < codes.length; e++) {
      codes[e] = Words.field(bytes, at + place(e), field(e), 2);
    }
  }

  static void pack(int[] codes, byte[] bytes, int at) {
    for (int e = 0; e < codes.length; e++) {
      Words.put(bytes, at + place(e), field(e), codes[e] & 3);
    }
  }

  private static int place(int e) {
    return e / 128 * 32 + e % 32;
  }

  private static int field(int e) {
    return e % 128 / 32 * 2;
  }
}
