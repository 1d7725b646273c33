package io.compot.grouped;

/**
 * Unsigned codes of 1 to 8 bits in words of 32. There are several streams; word i of stream s is
 * {@code words[s·streamStride + i·wordStride]}, so that streams may run along rows or columns of
 * the matrix of words.
 *
 * <p>In a dense stream code j is bits [j·b, (j + 1)·b), counted from bit 0 of word 0 upwards,
 * across the ends of words; otherwise every word holds ⌊32/b⌋ whole codes, and its high bits are
 * unused.
 */
public final class CodeStreams {

  private final int[] words;
  private final int bits;
  private final int streamStride;
  private final int wordStride;
  private final boolean dense;

  /**
   * Streams over words.
   *
   * @param words the matrix, row after row; not copied
   * @param bits width of a code, 1 to 8
   */
  public CodeStreams(int[] words, int bits, int streamStride, int wordStride, boolean dense) {
    if (bits < 1 || bits > 8) {
      throw new IllegalArgumentException("codes of " + bits + " bits");
    }
    this.words = words;
    this.bits = bits;
    this.streamStride = streamStride;
    this.wordStride = wordStride;
    this.dense = dense;
  }

  /** The matrix of words; not a copy. */
  public int[] words() {
    return words;
  }

  /** Width of a code. */
  public int bits() {
    return bits;
  }

  /** Words of a stream of so many codes. */
  public static int wordCount(int codes, int bits, boolean dense) {
    return dense ? Math.ceilDiv(codes * bits, 32) : Math.ceilDiv(codes, 32 / bits);
  }

  /** Streams along the rows of a matrix of words. */
  public static CodeStreams alongRows(int[] words, int bits, int wordsInRow, boolean dense) {
    return new CodeStreams(words, bits, wordsInRow, 1, dense);
  }

  /** Streams down the columns of a matrix of words. */
  public static CodeStreams downColumns(int[] words, int bits, int columns) {
    return new CodeStreams(words, bits, 1, columns, true);
  }

  /** A code. */
  public int get(int stream, int code) {
    long at = place(code);
    int word = (int) (at >> 5);
    int shift = (int) at & 31;
    int start = stream * streamStride;
    int low = words[start + word * wordStride] >>> shift;
    int high = shift + bits > 32 ? words[start + (word + 1) * wordStride] << (32 - shift) : 0;
    return (low | high) & mask();
  }

  /** Puts a code where zeros are. */
  public void put(int stream, int code, int value) {
    long at = place(code);
    int word = (int) (at >> 5);
    int shift = (int) at & 31;
    int start = stream * streamStride;
    words[start + word * wordStride] |= value << shift;
    if (shift + bits > 32) {
      words[start + (word + 1) * wordStride] |= value >>> (32 - shift);
    }
  }

  /** The place of a code's lowest bit in its stream. */
  private long place(int code) {
    if (dense) {
      return (long) code * bits;
    }
    int inWord = 32 / bits;
    return 32L * (code / inWord) + (long) (code % inWord) * bits;
  }

  private int mask() {
    return (1 << bits) - 1;
  }
}
