package io.compot.export.gguf;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

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
  private final int[] ints;
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
    this.shorts = new short[from == Dtype.F32 && (same || to == BlockType.F32) ? 0 : most];
    this.ints = new int[from == Dtype.F32 ? most : 0];
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
    if (!read(numbers, count)) {
      return Found.NO_NUMBER;
    }
    if (same(from, to)) {
      return Found.FINITE;
    }
    widen(count);
    if (to == BlockType.F32) {
      MemorySegment.copy(floats, 0, into, JAVA_FLOAT, 0, count);
      return Found.FINITE;
    }
    narrow(count);
    MemorySegment.copy(shorts, 0, into, JAVA_SHORT, 0, count);
    return largest(shorts, count) < exponent(to == BlockType.F16) ? Found.FINITE : Found.TOO_LARGE;
  }

  /** Fills the buffer of the type's width; false where one has all bits of its exponent set. */
  private boolean read(MemorySegment numbers, int count) {
    if (from == Dtype.F32) {
      MemorySegment.copy(numbers, JAVA_INT, 0, ints, 0, count);
      int largest = 0;
      for (int i = 0; i < count; i++) {
        largest = Math.max(largest, ints[i] & 0x7fffffff);
      }
      return largest < 0x7f800000;
    }
    MemorySegment.copy(numbers, JAVA_SHORT, 0, shorts, 0, count);
    return largest(shorts, count) < exponent(from == Dtype.F16);
  }

  private static int exponent(boolean half) {
    return half ? 0x7c00 : 0x7f80;
  }

  private static int largest(short[] values, int count) {
    int largest = 0;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, values[i] & 0x7fff);
    }
    return largest;
  }

  private void widen(int count) {
    switch (from) {
      case F16 -> {
        for (int i = 0; i < count; i++) {
          floats[i] = Float.float16ToFloat(shorts[i]);
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          floats[i] = Float.intBitsToFloat(shorts[i] << 16);
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          floats[i] = Float.intBitsToFloat(ints[i]);
        }
      }
    }
  }

  private void narrow(int count) {
    if (to == BlockType.F16) {
      for (int i = 0; i < count; i++) {
        shorts[i] = Float.floatToFloat16(floats[i]);
      }
    } else {
      for (int i = 0; i < count; i++) {
        int bits = Float.floatToRawIntBits(floats[i]);
        shorts[i] = (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
      }
    }
  }
}
