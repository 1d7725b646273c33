package io.compot.quantise;

import io.compot.error.UsageException;
import io.compot.tensor.Dtype;

/**
 * Integers of a few bits with a scale for each group of consecutive weights of a row: w = s(q − z),
 * q in [0, 2^width − 1].
 *
 * @param width bits a code, 2..8
 * @param group weights that share a scale; {@link #ROW} for a whole row
 * @param symmetric z = 2^(width−1) everywhere; else z is a code of its own for each group
 * @param scale stored type of the scales: F16, BF16 or F32
 */
public record Grid(int width, int group, boolean symmetric, Dtype scale) {

  /** Bits a code, at least and at most. */
  public static final int NARROWEST = 2;

  public static final int WIDEST = 8;

  /** Weights of a group, at least and at most. */
  public static final int SMALLEST = 8;

  public static final int LARGEST = 1024;

  /** One scale for each row. */
  public static final int ROW = 0;

  public Grid {
    if (width < NARROWEST || width > WIDEST) {
      throw new IllegalArgumentException("a grid has codes of 2 to 8 bits, not " + width);
    }
    if (group != ROW && (group < SMALLEST || group > LARGEST)) {
      throw new IllegalArgumentException("a grid's groups have 8 to 1024 weights, not " + group);
    }
    if (scale != Dtype.F16 && scale != Dtype.BF16 && scale != Dtype.F32) {
      throw new IllegalArgumentException("scales are stored as F16, BF16 or F32, not " + scale);
    }
  }

  /** The largest code. */
  public int top() {
    return (1 << width) - 1;
  }

  /** The code that stands for zero on a symmetric grid. */
  public int middle() {
    return 1 << (width - 1);
  }

  /** Weights that share a scale in rows of {@code in}. */
  public int groupIn(long in) {
    return group == ROW ? Math.toIntExact(in) : group;
  }

  /** Groups of a row of {@code in}. */
  public long groups(long in) {
    return in / groupIn(in);
  }

  /** Bits of a matrix as {@link GroupedMatrix} stores it: codes, scales and zero points. */
  public long bits(long out, long in) {
    long codes = out * BitStream.words(in, width) * Integer.SIZE;
    long scales = out * groups(in) * scale.bits();
    long zeros = symmetric ? 0 : BitStream.words(out, width) * groups(in) * Integer.SIZE;
    return codes + scales + zeros;
  }

  /**
   * This grid with the largest groups, none larger than its own, that divide rows of {@code in}; a
   * scale a row where those would be of fewer than 8.
   */
  public Grid fitting(long in) {
    if (in % groupIn(in) == 0) {
      return this;
    }
    int divisor = group;
    while (in % divisor != 0) {
      divisor--;
    }
    return new Grid(width, divisor >= 8 ? divisor : ROW, symmetric, scale);
  }

  /**
   * Refuses rows that are no whole number of groups, as compressed-tensors does: padding would
   * store weights that are none.
   *
   * @param name the projection, for the message
   */
  public void requireFits(String name, long in) throws UsageException {
    if (in % groupIn(in) == 0) {
      return;
    }
    int divisor = fitting(in).group();
    String other = divisor == ROW ? "a scale a row" : "groups of " + divisor + " or a scale a row";
    throw new UsageException(
        "%s: its %d inputs are no whole number of groups of %d; choose %s"
            .formatted(name, in, group, other));
  }
}
