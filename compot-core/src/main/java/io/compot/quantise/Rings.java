package io.compot.quantise;

/**
 * Rings of bits in 32-bit words. Later steps stand lower: the state at a step is the window of L
 * bits that begins with the step's own, and from the first step runs on over the end of the ring to
 * its last steps.
 */
final class Rings {

  private Rings() {}

  /** Writes the new bits of all states. */
  static void pack(TrellisFormat format, int[] states, int steps, int[] words, int at) {
    int position = format.bits(steps);
    for (int t = 0; t < steps; t++) {
      int bits = format.newBits(t);
      position -= bits;
      long field = (states[t] & ((1L << bits) - 1)) << (position % Integer.SIZE);
      words[at + position / Integer.SIZE] |= (int) field;
      if (field >>> Integer.SIZE != 0) {
        words[at + position / Integer.SIZE + 1] |= (int) (field >>> Integer.SIZE);
      }
    }
  }

  /** Reads all values. */
  static void decode(
      TrellisFormat format, float[] values, int[] words, int at, int steps, float[] to, int into) {
    int window = (1 << format.code().stateBits()) - 1;
    // The state before the first step: the last steps' bits.
    int state = 0;
    int total = format.bits(steps);
    for (int bit = Math.min(total, format.code().stateBits()) - 1; bit >= 0; bit--) {
      state = (state << 1) | ((words[at + bit / Integer.SIZE] >>> (bit % Integer.SIZE)) & 1);
    }
    int position = total;
    for (int t = 0; t < steps; t++) {
      int bits = format.newBits(t);
      position -= bits;
      int word = at + position / Integer.SIZE;
      int shift = position % Integer.SIZE;
      long two = words[word] & 0xffffffffL;
      if (shift + bits > Integer.SIZE) {
        two |= (long) words[word + 1] << Integer.SIZE;
      }
      int fresh = (int) (two >>> shift) & ((1 << bits) - 1);
      state = ((state << bits) | fresh) & window;
      to[into + t] = values[state];
    }
  }
}
