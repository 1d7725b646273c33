package io.compot.export.gguf;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.compot.gguf.block.BlockType;
import io.compot.tensor.Dtype;
import java.lang.foreign.MemorySegment;

/**
 * Plain numbers from one type into another, or as they are, and whether all are finite: loops over
 * arrays, which the compiler turns into vector instructions. Holds buffers: one a thread.
 */
final class PlainNumbers {

  /** What was found in some numbers. */
  enum Found {
    FINITE,
    /** One was NaN or infinite before. */
    NO_NUMBER,
    /** One is so large that the other type has no number for it. */
    TOO_LARGE
  }

  private final Dtype from;
  private final BlockType to;
  private final short[] shorts;
  private final float[] floats;

  /**
   * From one type into another.
   *
   * @param most numbers at once
   */
  PlainNumbers(Dtype from, BlockType to, int most) {
    this.from = from;
    this.to = to;
    boolean same = same(from, to);
    this.shorts = new short[same || (from == Dtype.F32 && to == BlockType.F32) ? 0 : most];
    this.floats = new float[same ? 0 : most];
  }

  /** Whether both are plain, of types that are read here. */
  static boolean has(Dtype from, BlockType to) {
    boolean plain = to == BlockType.F32 || to == BlockType.F16 || to == BlockType.BF16;
    return plain && (from == Dtype.F32 || from == Dtype.F16 || from == Dtype.BF16);
  }

  /** Whether numbers stay as they are. */
  static boolean same(Dtype from, BlockType to) {
    return from.name().equals(to.name());
  }

  /**
   * Some numbers, each rounded to the nearest, halves to even.
   *
   * @param into filled, unless the type stays the same
   */
  Found convert(MemorySegment numbers, MemorySegment into, int count) {
    if (!finite(from, numbers, count)) {
      return Found.NO_NUMBER;
    }
    if (same(from, to)) {
      return Found.FINITE;
    }
    if (from == Dtype.F32) {
      MemorySegment.copy(numbers, JAVA_FLOAT, 0, floats, 0, count);
    } else {
      MemorySegment.copy(numbers, JAVA_SHORT, 0, shorts, 0, count);
      widen(count);
    }
    if (to == BlockType.F32) {
      MemorySegment.copy(floats, 0, into, JAVA_FLOAT, 0, count);
      return Found.FINITE;
    }
    narrow(count);
    MemorySegment.copy(shorts, 0, into, JAVA_SHORT, 0, count);
    return finite(Dtype.valueOf(to.name()), into, count) ? Found.FINITE : Found.TOO_LARGE;
  }

  /**
   * Whether none has all bits of its exponent set. Eight bytes at a time: one more in the last of
   * these bits overflows into the sign's place where all are set.
   */
  private static boolean finite(Dtype type, MemorySegment numbers, int count) {
    long exponent =
        switch (type) {
          case F16 -> 0x7c007c007c007c00L;
          case BF16 -> 0x7f807f807f807f80L;
          default -> 0x7f8000007f800000L;
        };
    long last = exponent & -exponent;
    long one = type == Dtype.F32 ? last | last << 32 : last * 0x0001000100010001L;
    long bytes = (long) count * type.bytes();
    long overflown = 0;
    long at = 0;
    for (; at + Long.BYTES <= bytes; at += Long.BYTES) {
      overflown |= (numbers.get(JAVA_LONG_UNALIGNED, at) & exponent) + one;
    }
    for (; at < bytes; at += type.bytes()) {
      long rest =
          type == Dtype.F32
              ? numbers.get(JAVA_INT_UNALIGNED, at) & 0xffffffffL
              : numbers.get(JAVA_SHORT_UNALIGNED, at) & 0xffffL;
      overflown |= (rest & exponent) + one;
    }
    long signs = type == Dtype.F32 ? 0x8000000080000000L : 0x8000800080008000L;
    return (overflown & signs) == 0;
  }

  private void widen(int count) {
    short[] narrow = shorts;
    float[] wide = floats;
    switch (from) {
      case F16 -> {
        for (int i = 0; i < count; i++) {
          wide[i] = Float.float16ToFloat(narrow[i]);
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          wide[i] = Float.intBitsToFloat(narrow[i] << 16);
        }
      }
      default -> throw new IllegalStateException(from + " is as wide as can be");
    }
  }

  private void narrow(int count) {
    short[] narrow = shorts;
    float[] wide = floats;
    if (to == BlockType.F16) {
      for (int i = 0; i < count; i++) {
        narrow[i] = Float.floatToFloat16(wide[i]);
      }
    } else {
      for (int i = 0; i < count; i++) {
        int bits = Float.floatToRawIntBits(wide[i]);
        narrow[i] = (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
      }
    }
  }
}
