package io.compot.kernel;

import java.util.Arrays;

/**
 * Where the state of each step of a ring lies among its words: in which word, and how far that is
 * shifted to the right so that the state ends at bit 15. Words that begin half a word later than
 * others make all shifts possible.
 */
final class StepWindows {

  private final int steps;
  private final int bits;
  private final int[] words;
  private final int[] shifts;

  /**
   * @param words place of each step's word, times the lanes; whole words first, behind them and one
   *     more the half one before the first, and those half a word later than the whole ones
   * @param shifts [steps, lanes], the same for all lanes
   * @param bits of the ring
   */
  StepWindows(int steps, int bits, int[] words, int[] shifts) {
    this.steps = steps;
    this.bits = bits;
    this.words = words;
    this.shifts = shifts;
  }

  /** See the constructor. */
  int steps() {
    return steps;
  }

  /** See the constructor. */
  int bits() {
    return bits;
  }

  /** See the constructor. */
  int[] words() {
    return words;
  }

  /** See the constructor. */
  int[] shifts() {
    return shifts;
  }

  static StepWindows of(Weight.Trellis weight, int steps, int lanes) {
    int total = weight.bits(steps);
    int half = Math.ceilDiv(total, Integer.SIZE) + 2;
    int least = 16 - weight.stateBits();
    int[] words = new int[steps];
    int[] shifts = new int[steps * lanes];
    int position = total;
    for (int step = 0; step < steps; step++) {
      position -= weight.newBits(step);
      int word = position / Integer.SIZE;
      int shift = position % Integer.SIZE;
      if (shift < least) {
        shift += 16;
        word += half - 1;
      } else if (shift + weight.stateBits() > Integer.SIZE) {
        shift -= 16;
        word += half;
      }
      words[step] = word * lanes;
      Arrays.fill(shifts, step * lanes, (step + 1) * lanes, shift - least);
    }
    return new StepWindows(steps, total, words, shifts);
  }
}
