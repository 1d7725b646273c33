package io.compot.quantise;

/**
 * A bitshift trellis (QTIP, arXiv 2406.11235): a sequence of weights is a ring of bits, and each
 * weight the value of the last L bits up to its own. Every step adds a few new bits.
 *
 * @param halfBits twice the bits a weight, 2..12; where odd, steps take turns with a bit less and a
 *     bit more
 * @param code the values of the states
 * @param sequence weights in a ring, 16..256: consecutive rows of a column
 */
public record TrellisFormat(int halfBits, TrellisCode code, int sequence) {

  /** Half bits a weight, at least and at most. */
  public static final int LEAST = 2;

  public static final int MOST = 12;

  /** Weights of a ring, at least and at most. */
  public static final int SHORTEST = 16;

  public static final int LONGEST = 256;

  /** The best multipliers of 150 on a normal source, by half bits. */
  private static final int[] MULTIPLIERS = {
    0, 0, 2201, 2251, 1111, 1123, 1543, 1123, 3833, 3849, 3965, 4499, 8061
  };

  /** How much wider than the weights the code is spread, by half bits: the best, measured too. */
  private static final double[] SPREAD = {
    0, 0, 0.91, 1.02, 1.01, 1.06, 1.08, 1.08, 1.09, 1.10, 1.12, 1.14, 1.16
  };

  public TrellisFormat {
    if (halfBits < LEAST || halfBits > MOST) {
      throw new IllegalArgumentException("a trellis of " + halfBits / 2.0 + " bits a weight");
    }
    if (sequence < SHORTEST || sequence > LONGEST) {
      throw new IllegalArgumentException("a trellis of sequences of " + sequence);
    }
  }

  /** The best known code of a width, for columns of {@code out} rows: rings as long as can be. */
  public static TrellisFormat forRows(int halfBits, long out) {
    long rings = Math.ceilDiv(out, LONGEST);
    // Whole words, whatever the width.
    long even = Math.ceilDiv(Math.ceilDiv(out, rings), Integer.SIZE) * Integer.SIZE;
    return of(halfBits, Math.toIntExact(even));
  }

  /** The best known code of a width. */
  public static TrellisFormat of(int halfBits, int sequence) {
    int stateBits = halfBits > 10 ? 14 : 12;
    return new TrellisFormat(halfBits, new TrellisCode(stateBits, MULTIPLIERS[halfBits]), sequence);
  }

  /** What a code's deviation should be relative to that of the weights. */
  double spread() {
    return SPREAD[halfBits];
  }

  /** New bits at a step. */
  int newBits(int step) {
    return halfBits / 2 + (halfBits % 2 == 1 && step % 2 == 1 ? 1 : 0);
  }

  /** The most new bits of any step. */
  int mostNewBits() {
    return (halfBits + 1) / 2;
  }

  /** Bits of so many steps. */
  int bits(int steps) {
    return steps * (halfBits / 2) + (halfBits % 2 == 1 ? steps / 2 : 0);
  }

  /** Rings of a column of {@code out} rows; the last may be shorter. */
  int rings(long out) {
    return Math.toIntExact(Math.ceilDiv(out, sequence));
  }

  /** Weights of a ring. */
  int steps(long out, int ring) {
    return Math.toIntExact(Math.min(sequence, out - (long) ring * sequence));
  }

  /** Whether each ring of a column of {@code out} rows has at least a state's bits. */
  public boolean fits(long out) {
    return out >= 1
        && out <= Integer.MAX_VALUE
        && bits(steps(out, rings(out) - 1)) >= code.stateBits();
  }

  /** 32-bit words of a ring. */
  int words(int steps) {
    return Math.ceilDiv(bits(steps), Integer.SIZE);
  }

  /** 32-bit words of a column. */
  public int columnWords(long out) {
    int rings = rings(out);
    return (rings - 1) * words(sequence) + words(steps(out, rings - 1));
  }
}
