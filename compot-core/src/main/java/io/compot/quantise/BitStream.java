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

  private BitStream() {}

  /** Words of a row of {@code count} codes. */
  static long words(long count, int width) {
    return Math.ceilDiv(count * width, Integer.SIZE);
  }

  /**
   * Packs rows.
   *
   * @param codes [rows, count], contiguous U8, each below 2^width
   * @return [rows, words], I32, in the caller's scope
   */
  static Tensor pack(Tensor codes, int width) {
    long rows = codes.size(0);
    long count = codes.size(1);
    long words = words(count, width);
    Tensor packed = NativeMemory.empty(Dtype.I32, rows, words);
    MemorySegment from = NativeMemory.bytes(codes);
    MemorySegment to = NativeMemory.bytes(packed);
    LongStream.range(0, rows)
        .parallel()
        .forEach(row -> {
          long held = 0;
          int bits = 0;
          long word = row * words;
          for (long j = 0; j < count; j++) {
            held |= (from.get(JAVA_BYTE, row * count + j) & 0xffL) << bits;
            bits += width;
            if (bits >= Integer.SIZE) {
              to.setAtIndex(WORD, word++, (int) held);
              held >>>= Integer.SIZE;
              bits -= Integer.SIZE;
            }
          }
          if (bits > 0) {
            to.setAtIndex(WORD, word, (int) held);
          }
        });
    return packed;
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
