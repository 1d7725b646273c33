package io.compot.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** Single codes, scales and zero points of a matrix on a grid. */
record Codes(Weight.Grouped weight) {

  /** s of a group of a row. */
  float scale(int row, int group) {
    return weight.scaleType().get(weight.scales(), (long) row * weight.groups() + group);
  }

  /** z of a group of a row. */
  int zero(int row, int group) {
    MemorySegment zeros = weight.zeros();
    if (zeros == null) {
      return 1 << (weight.width() - 1);
    }
    // Streams run along the rows: word w of group g is at w·groups + g.
    int bit = row * weight.width();
    int word = bit / Integer.SIZE;
    int shift = bit % Integer.SIZE;
    long value = word(zeros, (long) word * weight.groups() + group);
    if (shift + weight.width() > Integer.SIZE) {
      value |= word(zeros, (long) (word + 1) * weight.groups() + group) << Integer.SIZE;
    }
    return (int) (value >>> shift) & top();
  }

  /** The numbers of a row, in the order of the columns. */
  void read(int row, float[] to) {
    int width = weight.width();
    MemorySegment codes = weight.codes();
    long word = (long) row * weight.rowWords();
    long held = 0;
    int bits = 0;
    int column = 0;
    for (int group = 0; group < weight.groups(); group++) {
      float scale = scale(row, group);
      int zero = zero(row, group);
      for (int i = 0; i < weight.group(); i++) {
        if (bits < width) {
          held |= word(codes, word++) << bits;
          bits += Integer.SIZE;
        }
        to[column++] = scale * (((int) held & top()) - zero);
        held >>>= width;
        bits -= width;
      }
    }
  }

  private int top() {
    return (1 << weight.width()) - 1;
  }

  private static long word(MemorySegment stream, long index) {
    return stream.get(JAVA_INT_UNALIGNED, 4 * index) & 0xffffffffL;
  }
}
