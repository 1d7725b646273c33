package io.compot.form;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * A sparse code as it lies on disk and in memory: the values of its support, row after row, and one
 * bit an entry that tells the support (least significant bit first, rows padded to bytes).
 *
 * <p>The support is what is stored, not what is nonzero: a value that rounded to zero keeps its
 * place. In a dense code such a value is −0.0, and +0.0 stands outside the support.
 *
 * @param values [nonzeros], contiguous, of a floating type
 * @param mask [out, ⌈k/8⌉], contiguous U8
 * @param k entries of a row
 */
public record SparseCode(Tensor values, Tensor mask, long k) {

  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Rows that one thread takes at a time. */
  private static final int PANEL = 64;

  /** Bytes of a mask row. */
  public static long rowBytes(long k) {
    return (k + 7) / 8;
  }

  /** Rows. */
  public long out() {
    return mask.size(0);
  }

  /**
   * Packs a dense code.
   *
   * @param code [out, k], contiguous
   * @return in the caller's scope
   */
  public static SparseCode pack(Tensor code) {
    try (var scope = TensorScope.open()) {
      long k = code.size(1);
      int rows = Math.toIntExact(code.size(0));
      MemorySegment entries = NativeMemory.bytes(code);
      Dtype dtype = Dtype.of(code);
      Tensor mask = NativeMemory.empty(Dtype.U8, rows, rowBytes(k));
      MemorySegment marks = NativeMemory.bytes(mask);
      forPanels(
          rows,
          (from, to) -> {
            for (long row = from; row < to; row++) {
              mark(entries, dtype.bytes(), row, k, marks);
            }
          });
      long[] starts = starts(mask);
      Tensor values = NativeMemory.empty(dtype, starts[rows]);
      MemorySegment packed = NativeMemory.bytes(values);
      forPanels(
          rows,
          (from, to) ->
              move(dtype.bytes(), marks, k, from, to, starts[from], 0, entries, packed, false));
      return new SparseCode(scope.keep(values), scope.keep(mask), k);
    }
  }

  /** Where each row's values begin, and at the end how many there are. */
  public long[] starts() {
    return starts(mask);
  }

  private static long[] starts(Tensor mask) {
    int rows = Math.toIntExact(mask.size(0));
    long bytes = mask.size(1);
    MemorySegment marks = NativeMemory.bytes(mask);
    long[] starts = new long[rows + 1];
    for (int row = 0; row < rows; row++) {
      starts[row + 1] = starts[row] + count(marks.asSlice(row * bytes, bytes));
    }
    return starts;
  }

  /**
   * The dense code, each stored zero as −0.0.
   *
   * @return [out, k] in the values' type, in the caller's scope
   */
  public Tensor dense() {
    return dense(starts(), 0, Math.toIntExact(out()));
  }

  /**
   * Some rows of the dense code.
   *
   * @param starts as {@link #starts()} found them
   * @return [to − from, k] in the values' type, in the caller's scope
   */
  public Tensor dense(long[] starts, int from, int to) {
    try (var scope = TensorScope.open()) {
      Dtype dtype = Dtype.of(values);
      Tensor code = NativeMemory.empty(dtype, to - from, k).zero_();
      MemorySegment entries = NativeMemory.bytes(code);
      MemorySegment packed = NativeMemory.bytes(values);
      MemorySegment marks = NativeMemory.bytes(mask);
      forPanels(
          to - from,
          (first, last) ->
              move(
                  dtype.bytes(),
                  marks,
                  k,
                  from + first,
                  from + last,
                  starts[from + first],
                  from,
                  entries,
                  packed,
                  true));
      return scope.keep(code);
    }
  }

  /** The first row whose padding bits, behind its k entries, are not all zero; -1 if none. */
  public long badPadding() {
    if (k % 8 == 0) {
      return -1;
    }
    MemorySegment marks = NativeMemory.bytes(mask);
    long rowBytes = rowBytes(k);
    int padding = 0xff << (k % 8) & 0xff;
    for (long row = 0; row < out(); row++) {
      if ((marks.get(JAVA_BYTE, row * rowBytes + rowBytes - 1) & padding) != 0) {
        return row;
      }
    }
    return -1;
  }

  /** Bits set. */
  private static long count(MemorySegment mask) {
    long count = 0;
    long size = mask.byteSize();
    long words = size - size % Long.BYTES;
    for (long at = 0; at < words; at += Long.BYTES) {
      count += Long.bitCount(mask.get(U64, at));
    }
    for (long at = words; at < size; at++) {
      count += Integer.bitCount(mask.get(JAVA_BYTE, at) & 0xff);
    }
    return count;
  }

  /** Sets the bits of a row's entries that are not +0.0. */
  private static void mark(MemorySegment entries, int width, long row, long k, MemorySegment mask) {
    long rowBytes = rowBytes(k);
    for (long i = 0; i < rowBytes; i++) {
      long first = row * k + 8 * i;
      int count = (int) Math.min(8, k - 8 * i);
      int bits = 0;
      for (int j = 0; j < count; j++) {
        boolean inside =
            switch (width) {
              case 2 -> entries.get(U16, 2 * (first + j)) != 0;
              case 4 -> entries.get(U32, 4 * (first + j)) != 0;
              default -> entries.get(U64, 8 * (first + j)) != 0;
            };
        bits |= inside ? 1 << j : 0;
      }
      mask.set(JAVA_BYTE, row * rowBytes + i, (byte) bits);
    }
  }

  /**
   * Moves the support's values of some rows.
   *
   * @param next place among the values of the first of them
   * @param origin the row with which {@code entries} begins
   * @param outwards to their entries, or else from there
   */
  private static void move(
      int width,
      MemorySegment mask,
      long k,
      long from,
      long to,
      long next,
      long origin,
      MemorySegment entries,
      MemorySegment values,
      boolean outwards) {
    long rowBytes = rowBytes(k);
    for (long row = from; row < to; row++) {
      for (long i = 0; i < rowBytes; i++) {
        int bits = mask.get(JAVA_BYTE, row * rowBytes + i) & 0xff;
        for (; bits != 0; bits &= bits - 1) {
          long entry = (row - origin) * k + 8 * i + Integer.numberOfTrailingZeros(bits);
          if (outwards) {
            put(width, values, next, entries, entry);
          } else {
            take(width, entries, entry, values, next);
          }
          next++;
        }
      }
    }
  }

  private static void put(
      int width, MemorySegment values, long at, MemorySegment entries, long entry) {
    switch (width) {
      case 2 -> {
        short value = values.get(U16, 2 * at);
        entries.set(U16, 2 * entry, value == 0 ? Short.MIN_VALUE : value);
      }
      case 4 -> {
        int value = values.get(U32, 4 * at);
        entries.set(U32, 4 * entry, value == 0 ? Integer.MIN_VALUE : value);
      }
      default -> {
        long value = values.get(U64, 8 * at);
        entries.set(U64, 8 * entry, value == 0 ? Long.MIN_VALUE : value);
      }
    }
  }

  private static void take(
      int width, MemorySegment entries, long entry, MemorySegment values, long at) {
    switch (width) {
      case 2 -> values.set(U16, 2 * at, entries.get(U16, 2 * entry));
      case 4 -> values.set(U32, 4 * at, entries.get(U32, 4 * entry));
      default -> values.set(U64, 8 * at, entries.get(U64, 8 * entry));
    }
  }

  /** Runs some work for panels of rows, in parallel. */
  static void forPanels(int rows, Panels work) {
    IntStream.range(0, Math.ceilDiv(rows, PANEL))
        .parallel()
        .forEach(panel -> work.on(panel * PANEL, Math.min(rows, (panel + 1) * PANEL)));
  }

  /** Work on the rows from {@code from}, below {@code to}. */
  @FunctionalInterface
  interface Panels {
    void on(int from, int to);
  }
}
