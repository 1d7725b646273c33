package io.compot.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** Where the values of a sparse code stand. */
final class Support {

  private final MemorySegment mask;
  private final int rowBytes;
  private final long[] starts;

  /**
   * @param mask [out, rowBytes]
   * @param starts place of each row's first value in the stream, and at the end how many there are
   */
  Support(MemorySegment mask, int rowBytes, long[] starts) {
    this.mask = mask;
    this.rowBytes = rowBytes;
    this.starts = starts;
  }

  /** See the constructor. */
  MemorySegment mask() {
    return mask;
  }

  /** See the constructor. */
  int rowBytes() {
    return rowBytes;
  }

  /** See the constructor. */
  long[] starts() {
    return starts;
  }

  static Support of(Weight.Sparse weight) {
    int rowBytes = Math.ceilDiv(weight.k(), 8);
    long[] starts = new long[weight.out() + 1];
    for (int row = 0; row < weight.out(); row++) {
      starts[row + 1] = starts[row] + count(weight.mask(), (long) row * rowBytes, rowBytes);
    }
    long values = (long) weight.values().out() * weight.values().in();
    if (starts[weight.out()] > values) {
      throw new IllegalArgumentException(starts[weight.out()] + " places for " + values);
    }
    return new Support(weight.mask(), rowBytes, starts);
  }

  /** Values of a row. */
  int count(int row) {
    return (int) (starts[row + 1] - starts[row]);
  }

  /** Eight bits of a row. */
  int bits(int row, int index) {
    return mask.get(JAVA_BYTE, (long) row * rowBytes + index) & 0xff;
  }

  private static long count(MemorySegment mask, long from, int bytes) {
    long count = 0;
    int i = 0;
    for (; i + Long.BYTES <= bytes; i += Long.BYTES) {
      count += Long.bitCount(mask.get(JAVA_LONG_UNALIGNED, from + i));
    }
    for (; i < bytes; i++) {
      count += Integer.bitCount(mask.get(JAVA_BYTE, from + i) & 0xff);
    }
    return count;
  }
}
