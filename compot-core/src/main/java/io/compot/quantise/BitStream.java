package io.compot.quantise;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Codes of a few bits as 32-bit words, row after row: code j of a row lies in the bits [j·width,
 * (j+1)·width) of the row's stream, the lowest bit of a word first; it may straddle two words. The
 * last word of a row is padded with zeros. This is the layout of compressed-tensors' {@code
 * pack-quantized}.
 */
final class BitStream {

  private static final ValueLayout.OfInt WORD =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int ROWS = 256;

  /** Words of a row that are written together, a line of memory. */
  private static final int LINE = 16;

  private BitStream() {}

  /** Words of a row of {@code count} codes. */
  static long words(long count, int width) {
    return Math.ceilDiv(count * width, Integer.SIZE);
  }

  /**
   * Packs rows, which are given by their columns: words of many rows are put together at a time.
   *
   * @param codes [count, rows], contiguous U8, each below 2^width
   * @return [rows, words], I32, in the caller's scope
   */
  static Tensor pack(Tensor codes, int width) {
    int count = Math.toIntExact(codes.size(0));
    int rows = Math.toIntExact(codes.size(1));
    Tensor packed = NativeMemory.empty(Dtype.I32, rows, words(count, width));
    MemorySegment from = NativeMemory.bytes(codes);
    MemorySegment to = NativeMemory.bytes(packed);
    Gptq.forPanels(rows, ROWS, (first, some) -> pack(from, to, width, rows, first, some, count));
    return packed;
  }

  private static void pack(
      MemorySegment from, MemorySegment to, int width, int rows, int first, int some, int count) {
    byte[] column = new byte[some];
    int[][] line = new int[LINE][some];
    int words = Math.toIntExact(words(count, width));
    int word = 0;
    int bits = 0;
    for (int j = 0; j < count; j++) {
      MemorySegment.copy(from, JAVA_BYTE, (long) j * rows + first, column, 0, some);
      add(line[word % LINE], column, bits);
      bits += width;
      if (bits >= Integer.SIZE || j == count - 1) {
        word++;
        bits -= Integer.SIZE;
        if (word % LINE == 0 || word == words) {
          write(line, to, (long) first * words + word - 1, words);
        }
        if (bits > 0) {
          // What of the code did not fit.
          addHigh(line[word % LINE], column, width - bits);
        }
      }
    }
    if (bits > 0) {
      write(line, to, (long) first * words + word, words);
    }
  }

  private static void add(int[] words, byte[] codes, int bits) {
    for (int r = 0; r < words.length; r++) {
      words[r] |= (codes[r] & 0xff) << bits;
    }
  }

  private static void addHigh(int[] words, byte[] codes, int done) {
    for (int r = 0; r < words.length; r++) {
      words[r] |= (codes[r] & 0xff) >>> done;
    }
  }

  /** Writes the words of a line up to one, and clears it. */
  private static void write(int[][] line, MemorySegment to, long last, int words) {
    int count = (int) (last % words) % LINE + 1;
    for (int r = 0; r < line[0].length; r++) {
      long at = last - count + 1 + (long) r * words;
      for (int i = 0; i < count; i++) {
        to.setAtIndex(WORD, at + i, line[i][r]);
        line[i][r] = 0;
      }
    }
  }

  /**
   * The codes of packed rows.
   *
   * @param packed [rows, words], contiguous I32
   * @return [rows, count], U8, in the caller's scope
   */
  static Tensor unpack(Tensor packed, int width, long count) {
    long rows = packed.size(0);
    long words = words(count, width);
    if (packed.size(1) != words) {
      throw new IllegalArgumentException(
          "%d codes of %d bits are %d words, not %d"
              .formatted(count, width, words, packed.size(1)));
    }
    try (var scope = TensorScope.open()) {
      Tensor codes = NativeMemory.empty(Dtype.U8, rows, count);
      MemorySegment from = NativeMemory.bytes(packed);
      MemorySegment to = NativeMemory.bytes(codes);
      int mask = (1 << width) - 1;
      LongStream.range(0, rows)
          .parallel()
          .forEach(row -> {
            long held = 0;
            int bits = 0;
            long word = row * words;
            for (long j = 0; j < count; j++) {
              if (bits < width) {
                held |= (from.getAtIndex(WORD, word++) & 0xffffffffL) << bits;
                bits += Integer.SIZE;
              }
              to.set(JAVA_BYTE, row * count + j, (byte) (held & mask));
              held >>>= width;
              bits -= width;
            }
          });
      return scope.keep(codes);
    }
  }
}
