package io.compot.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

/** A state after the other, its value looked up. */
final class PlainTrellisColumns implements TrellisColumns {

  private final Weight.Trellis weight;
  private final float[] values;

  PlainTrellisColumns(Weight.Trellis weight) {
    this.weight = weight;
    this.values = TrellisValues.of(weight);
  }

  @Override
  public void add(int first, int last, float[] x, int count, float[] y) {
    float[] decoded = new float[weight.out()];
    for (int column = first; column < last; column++) {
      read(column, decoded);
      for (int i = 0; i < count; i++) {
        float factor = x[i * weight.in() + column];
        int at = i * weight.out();
        for (int row = 0; row < decoded.length; row++) {
          y[at + row] += factor * decoded[row];
        }
      }
    }
  }

  private void read(int column, float[] to) {
    long word = (long) column * weight.columnWords();
    for (int ring = 0; ring < weight.rings(); ring++) {
      read(word, weight.steps(ring), to, ring * weight.sequence());
      word += weight.ringWords(ring);
    }
  }

  private void read(long word, int steps, float[] to, int into) {
    int window = (1 << weight.stateBits()) - 1;
    int total = weight.bits(steps);
    // The state before the first step: the last steps' bits.
    int state = field(word, 0, Math.min(total, weight.stateBits()));
    int position = total;
    for (int step = 0; step < steps; step++) {
      int bits = weight.newBits(step);
      position -= bits;
      state = ((state << bits) | field(word, position, bits)) & window;
      to[into + step] = values[state];
    }
  }

  /** Some bits, at most 32, of the words from a place on. */
  private int field(long word, int position, int bits) {
    int shift = position % Integer.SIZE;
    long at = word + position / Integer.SIZE;
    long two = weight.codes().get(JAVA_INT_UNALIGNED, 4 * at) & 0xffffffffL;
    if (shift + bits > Integer.SIZE) {
      two |= (long) weight.codes().get(JAVA_INT_UNALIGNED, 4 * (at + 1)) << Integer.SIZE;
    }
    return (int) ((two >>> shift) & ((1L << bits) - 1));
  }
}
