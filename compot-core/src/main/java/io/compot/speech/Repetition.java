package io.compot.speech;

import java.util.List;
import java.util.zip.Deflater;

/** How much a text repeats itself: how much smaller zlib makes its tokens. */
final class Repetition {

  private Repetition() {}

  /**
   * Bytes of the tokens over those of their compressed form.
   *
   * @param tokens little-endian, each in as few bytes as any of the vocabulary takes
   * @param vocabulary its size
   */
  static double of(List<Integer> tokens, long vocabulary) {
    int width = (int) (Math.log((double) vocabulary) / Math.log(2) / 8) + 1;
    byte[] bytes = new byte[tokens.size() * width];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (tokens.get(i / width) >> (8 * (i % width)));
    }
    var deflater = new Deflater();
    try {
      deflater.setInput(bytes);
      deflater.finish();
      byte[] compressed = new byte[bytes.length + 64];
      return (double) bytes.length / deflater.deflate(compressed);
    } finally {
      deflater.end();
    }
  }
}
