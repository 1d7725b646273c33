package io.compot.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** How a floating-point number is stored, in the machine's order of bytes. */
public enum NumberType {
  F32(4),
  F16(2),
  BF16(2);

  private final int bytes;

  NumberType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of a number. */
  public int bytes() {
    return bytes;
  }

  /** The number at a place. */
  public float get(MemorySegment numbers, long index) {
    return switch (this) {
      case F32 -> numbers.get(JAVA_FLOAT_UNALIGNED, 4 * index);
      case F16 -> Float.float16ToFloat(numbers.get(JAVA_SHORT_UNALIGNED, 2 * index));
      case BF16 -> Float.intBitsToFloat(numbers.get(JAVA_SHORT_UNALIGNED, 2 * index) << 16);
    };
  }

  /** Writes a number, rounded to the nearest, ties to even. */
  public void set(MemorySegment numbers, long index, float value) {
    switch (this) {
      case F32 -> numbers.set(JAVA_FLOAT_UNALIGNED, 4 * index, value);
      case F16 -> numbers.set(JAVA_SHORT_UNALIGNED, 2 * index, Float.floatToFloat16(value));
      case BF16 -> numbers.set(JAVA_SHORT_UNALIGNED, 2 * index, brief(value));
    }
  }

  private static short brief(float value) {
    int bits = Float.floatToRawIntBits(value);
    return Float.isNaN(value)
        ? (short) 0x7fc0
        : (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }
}
