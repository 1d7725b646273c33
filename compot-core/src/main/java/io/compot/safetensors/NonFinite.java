package io.compot.safetensors;

import io.compot.tensor.Dtype;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Finds NaN and Inf: numbers whose exponent bits are all set. Whole 64-bit words are tested at
 * once, at about the speed of reading the memory.
 */
final class NonFinite {

  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long CHUNK = 1 << 16;

  private NonFinite() {}

  /** The position of the first element that is NaN or Inf, or -1. Integers always are finite. */
  static long first(MemorySegment bytes, Dtype dtype) {
    return switch (dtype) {
      case F16 -> first(bytes, 16, 0x7c00L);
      case BF16 -> first(bytes, 16, 0x7f80L);
      case F32 -> first(bytes, 32, 0x7f80_0000L);
      case F64 -> first(bytes, 64, 0x7ff0_0000_0000_0000L);
      case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> -1;
    };
  }

  private static long first(MemorySegment bytes, int width, long exponent) {
    long one = 1;
    long mask = exponent;
    for (int shift = width; shift < 64; shift += width) {
      one |= 1L << shift;
      mask |= exponent << shift;
    }
    long sign = one << (width - 1);
    long size = bytes.byteSize();
    for (long chunk = 0; chunk < size; chunk += CHUNK) {
      long end = Math.min(size, chunk + CHUNK);
      long words = end - (end - chunk) % Long.BYTES;
      long found = 0;
      for (long at = chunk; at < words; at += Long.BYTES) {
        // A lane of `clear` is zero exactly where all exponent bits are set; the classic test for a
        // zero lane follows.
        long clear = ~bytes.get(WORD, at) & mask;
        found |= (clear - one) & ~clear & sign;
      }
      if (found != 0 || words < end) {
        long position = search(bytes, chunk, end, width / 8, exponent);
        if (position >= 0) {
          return position;
        }
      }
    }
    return -1;
  }

  private static long search(MemorySegment bytes, long begin, long end, int step, long exponent) {
    for (long at = begin; at < end; at += step) {
      long bits = 0;
      for (int i = 0; i < step; i++) {
        bits |= (bytes.get(ValueLayout.JAVA_BYTE, at + i) & 0xffL) << (8 * i);
      }
      if ((bits & exponent) == exponent) {
        return at / step;
      }
    }
    return -1;
  }
}
