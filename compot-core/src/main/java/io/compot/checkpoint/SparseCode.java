package io.compot.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A sparse code as it lies on disk: the values of its support, row after row, and one bit an entry
 * that tells the support (least significant bit first, rows padded to bytes).
 *
 * <p>The support is what is stored, not what is nonzero: a value that rounded to zero keeps its
 * place. In a dense code such a value is −0.0, and +0.0 stands outside the support.
 *
 * @param values [nonzeros] elements
 * @param mask [out, ⌈k/8⌉] bytes
 */
record SparseCode(MemorySegment values, MemorySegment mask) {

  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Bytes of a mask row. */
  static long rowBytes(long k) {
    return (k + 7) / 8;
  }

  /**
   * Packs a dense code.
   *
   * @param code row-major [out, k] elements of {@code width} bytes
   * @param nonzeros size of the support, that is the number of entries that are not +0.0
   * @param arena where the packed form is allocated
   */
  static SparseCode pack(
      MemorySegment code, int width, long out, long k, long nonzeros, Arena arena) {
    MemorySegment mask = arena.allocate(out * rowBytes(k), 64);
    long present = markSupport(code, width, out, k, mask);
    if (present != nonzeros) {
      throw new IllegalArgumentException(
          "the code has %d entries that are not +0.0, but its support is said to be %d"
              .formatted(present, nonzeros));
    }
    MemorySegment values = arena.allocate(nonzeros * width, 64);
    var packed = new SparseCode(values, mask);
    packed.gather(code, width, out, k);
    return packed;
  }

  /** Bits set in a mask. */
  static long count(MemorySegment mask) {
    long count = 0;
    long size = mask.byteSize();
    long words = size - size % Long.BYTES;
    for (long at = 0; at < words; at += Long.BYTES) {
      count += Long.bitCount(mask.get(U64, at));
    }
    for (long at = words; at < size; at++) {
      count += Integer.bitCount(mask.get(ValueLayout.JAVA_BYTE, at) & 0xff);
    }
    return count;
  }

  /** The first row whose padding bits, behind its k entries, are not all zero; -1 if none. */
  static long badPadding(MemorySegment mask, long out, long k) {
    if (k % 8 == 0) {
      return -1;
    }
    long rowBytes = rowBytes(k);
    int padding = 0xff << (k % 8) & 0xff;
    for (long row = 0; row < out; row++) {
      if ((mask.get(ValueLayout.JAVA_BYTE, row * rowBytes + rowBytes - 1) & padding) != 0) {
        return row;
      }
    }
    return -1;
  }

  /**
   * Writes the values to their places in a dense code, each zero as −0.0.
   *
   * @param code row-major [out, k], all zero
   */
  void unpack(MemorySegment code, int width, long out, long k) {
    long rowBytes = rowBytes(k);
    long next = 0;
    for (long row = 0; row < out; row++) {
      for (long i = 0; i < rowBytes; i++) {
        int bits = mask.get(ValueLayout.JAVA_BYTE, row * rowBytes + i) & 0xff;
        for (; bits != 0; bits &= bits - 1) {
          long entry = row * k + 8 * i + Integer.numberOfTrailingZeros(bits);
          switch (width) {
            case 2 -> {
              short value = values.get(U16, 2 * next);
              code.set(U16, 2 * entry, value == 0 ? Short.MIN_VALUE : value);
            }
            case 4 -> {
              int value = values.get(U32, 4 * next);
              code.set(U32, 4 * entry, value == 0 ? Integer.MIN_VALUE : value);
            }
            default -> {
              long value = values.get(U64, 8 * next);
              code.set(U64, 8 * entry, value == 0 ? Long.MIN_VALUE : value);
            }
          }
          next++;
        }
      }
    }
  }

  private static long markSupport(
      MemorySegment code, int width, long out, long k, MemorySegment mask) {
    long rowBytes = rowBytes(k);
    long present = 0;
    for (long row = 0; row < out; row++) {
      for (long i = 0; i < rowBytes; i++) {
        long first = row * k + 8 * i;
        int entries = (int) Math.min(8, k - 8 * i);
        int bits = 0;
        for (int j = 0; j < entries; j++) {
          boolean inside =
              switch (width) {
                case 2 -> code.get(U16, 2 * (first + j)) != 0;
                case 4 -> code.get(U32, 4 * (first + j)) != 0;
                default -> code.get(U64, 8 * (first + j)) != 0;
              };
          bits |= inside ? 1 << j : 0;
        }
        mask.set(ValueLayout.JAVA_BYTE, row * rowBytes + i, (byte) bits);
        present += Integer.bitCount(bits);
      }
    }
    return present;
  }

  private void gather(MemorySegment code, int width, long out, long k) {
    long rowBytes = rowBytes(k);
    long next = 0;
    for (long row = 0; row < out; row++) {
      for (long i = 0; i < rowBytes; i++) {
        int bits = mask.get(ValueLayout.JAVA_BYTE, row * rowBytes + i) & 0xff;
        for (; bits != 0; bits &= bits - 1) {
          long entry = row * k + 8 * i + Integer.numberOfTrailingZeros(bits);
          switch (width) {
            case 2 -> values.set(U16, 2 * next, code.get(U16, 2 * entry));
            case 4 -> values.set(U32, 4 * next, code.get(U32, 4 * entry));
            default -> values.set(U64, 8 * next, code.get(U64, 8 * entry));
          }
          next++;
        }
      }
    }
  }
}
