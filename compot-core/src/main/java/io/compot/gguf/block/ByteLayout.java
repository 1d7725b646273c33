package io.compot.gguf.block;

/** Q8_0: a half-precision scale, then 32 signed bytes. */
record ByteLayout() implements BlockLayout {

  /** Codes count levels from -128 on. */
  private static final int ZERO = 128;

  @Override
  public void unpack(byte[] bytes, int at, BlockParts parts) {
    parts.scale = Words.half(bytes, at);
    for (int j = 0; j < parts.codes.length; j++) {
      parts.codes[j] = bytes[at + 2 + j] + ZERO;
    }
  }

  @Override
  public void pack(BlockParts parts, byte[] bytes, int at) {
    Words.half(bytes, at, parts.scale);
    for (int j = 0; j < parts.codes.length; j++) {
      bytes[at + 2 + j] = (byte) (parts.codes[j] - ZERO);
    }
  }
}
