package io.compot.export.gguf;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.compot.gguf.block.BlockType;
import io.compot.tensor.Dtype;
import java.lang.foreign.MemorySegment;

/**
 * Plain numbers from one type into another, or as they are, and whether all are finite: loops over
 * arrays that stay in the nearest cache, which the compiler turns into vector instructions. Holds
 * such arrays: one a thread.
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

  /** Numbers that go from array to array at once: a multiple of four. */
  private static final int TILE = 2048;

  private final Dtype from;
  private final BlockType to;
  private final short[] shorts = new short[TILE];
  private final int[] ints = new int[TILE];
  private final float[] floats = new float[TILE];
  private final long[] words = new long[TILE / 2];

  /** From one type into another. */
  PlainNumbers(Dtype from, BlockType to) {
    this.from = from;
    this.to = to;
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
    Dtype made = Dtype.valueOf(to.name());
    for (int at = 0; at < count; at += TILE) {
      int some = Math.min(TILE, count - at);
      if (!finite(from, numbers, at, some)) {
        return Found.NO_NUMBER;
      }
      if (!same(from, to)) {
        read(numbers, at, some);
        write(into, at, some);
        if (made != Dtype.F32 && !finite(made, into, at, some)) {
          return Found.TOO_LARGE;
        }
      }
    }
    return Found.FINITE;
  }

  /**
   * Whether none has all bits of its exponent set. Eight bytes at a time: one more in the last of
   * these bits overflows into the sign's place where all are set.
   */
  private boolean finite(Dtype type, MemorySegment numbers, int at, int count) {
    long exponent =
        switch (type) {
          case F16 -> 0x7c007c007c007c00L;
          case BF16 -> 0x7f807f807f807f80L;
          default -> 0x7f8000007f800000L;
        };
    long last = exponent & -exponent;
    long one = type == Dtype.F32 ? last | last << 32 : last * 0x0001000100010001L;
    long signs = type == Dtype.F32 ? 0x8000000080000000L : 0x8000800080008000L;
    long bytes = (long) count * type.bytes();
    int whole = Math.ceilDiv((int) bytes, Long.BYTES);
    long[] bits = words;
    // What is left of the last word is zero, which is finite.
    bits[whole - 1] = 0;
    MemorySegment.copy(numbers, (long) at * type.bytes(), MemorySegment.ofArray(bits), 0, bytes);
    long overflown = 0;
    for (int i = 0; i < whole; i++) {
      overflown |= (bits[i] & exponent) + one;
    }
    return (overflown & signs) == 0;
  }

  private void read(MemorySegment numbers, int at, int count) {
    short[] narrow = shorts;
    int[] wide = ints;
    long offset = (long) at * from.bytes();
    switch (from) {
      case F32 -> MemorySegment.copy(numbers, JAVA_FLOAT, offset, floats, 0, count);
      case F16 -> {
        MemorySegment.copy(numbers, JAVA_SHORT, offset, narrow, 0, count);
        widen(narrow, floats, count);
      }
      default -> {
        MemorySegment.copy(numbers, JAVA_SHORT, offset, narrow, 0, count);
        for (int i = 0; i < count; i++) {
          wide[i] = narrow[i] << 16;
        }
        // Loops over numbers whose bits are taken for another type become no vector instructions.
        MemorySegment.copy(MemorySegment.ofArray(wide), JAVA_FLOAT, 0, floats, 0, count);
      }
    }
  }

  private static void widen(short[] narrow, float[] wide, int count) {
    for (int i = 0; i < count; i++) {
      wide[i] = Float.float16ToFloat(narrow[i]);
    }
  }

  private void write(MemorySegment into, int at, int count) {
    short[] narrow = shorts;
    int[] wide = ints;
    long offset = (long) at * to.bytes();
    switch (to) {
      case F32 -> MemorySegment.copy(floats, 0, into, JAVA_FLOAT, offset, count);
      case F16 -> {
        halve(floats, narrow, count);
        MemorySegment.copy(narrow, 0, into, JAVA_SHORT, offset, count);
      }
      default -> {
        MemorySegment.copy(MemorySegment.ofArray(floats), JAVA_INT, 0, wide, 0, count);
        for (int i = 0; i < count; i++) {
          narrow[i] = (short) ((wide[i] + 0x7fff + ((wide[i] >>> 16) & 1)) >>> 16);
        }
        MemorySegment.copy(narrow, 0, into, JAVA_SHORT, offset, count);
      }
    }
  }

  private static void halve(float[] wide, short[] narrow, int count) {
    for (int i = 0; i < count; i++) {
      narrow[i] = Float.floatToFloat16(wide[i]);
    }
  }
}
