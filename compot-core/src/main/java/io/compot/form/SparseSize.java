package io.compot.form;

import java.util.Optional;

/**
 * How many atoms and nonzeros a budget of bits buys (COMPOT Eq. 11, CoSpaDi Eq. 10), with the mask
 * paid for as it lies on disk.
 *
 * @param k atoms
 * @param s nonzeros a column of S, that is a row of the stored code
 */
public record SparseSize(long k, long s) implements FactorSize {

  @Override
  public long bits(long in, long out, int b) {
    return bits(in, out, k, s * out, b);
  }

  /** b(k·in + nonzeros) + out·8·⌈k/8⌉: dictionary, values, and mask rows padded to bytes. */
  public static long bits(long in, long out, long k, long nonzeros, int b) {
    return b * (k * in + nonzeros) + out * 8 * ((k + 7) / 8);
  }

  /**
   * The largest (k, s) with s = ⌊k/ρ⌋ whose bits do not exceed (1 − ratio) of the dense ones,
   * starting from k = ⌊(1−CR)·m·n·b / (b·m + b·n/ρ + n)⌋. Where k would pass min(in, out), k stays
   * there (more orthogonal atoms than the rank are useless) and the rest of the budget goes into s
   * ≤ k.
   *
   * @param in rows of W in the paper's layout (m)
   * @param out columns (n)
   * @param b bits a stored number
   * @param ratio fraction of the dense bits to remove, in (0, 1)
   * @param rho k/s, at least 1
   * @return empty where not even one atom with one nonzero a column fits
   */
  public static Optional<SparseSize> within(long in, long out, int b, double ratio, double rho) {
    long budget = (long) Math.floor((1 - ratio) * in * out * b);
    double perAtom = b * (double) in + b * (double) out / rho + out;
    long k = (long) Math.floor((1 - ratio) * in * out * b / perAtom);
    long most = Math.min(in, out);
    if (k >= most) {
      long rest = budget - bits(in, out, most, 0, b);
      long s = Math.min(most, rest / (b * out));
      return s >= 1 ? Optional.of(new SparseSize(most, s)) : Optional.empty();
    }
    while (k >= 1) {
      long s = (long) Math.floor(k / rho);
      if (s >= 1 && bits(in, out, k, s * out, b) <= budget) {
        return Optional.of(new SparseSize(k, s));
      }
      k--;
    }
    return Optional.empty();
  }

  /**
   * The largest (k, s) with s = ⌊k/ρ⌋ within the budget for dictionaries that may have more atoms
   * than dimensions (CoSpaDi Eq. 10 and 49): k is not held below min(in, out).
   *
   * @param in rows of W in the paper's layout (m)
   * @param out columns (n)
   * @param b bits a stored number
   * @param ratio fraction of the dense bits to remove, in (0, 1)
   * @param rho k/s, at least 1
   * @return empty where not even one atom with one nonzero a column fits
   */
  public static Optional<SparseSize> overComplete(
      long in, long out, int b, double ratio, double rho) {
    double budget = Math.floor((1 - ratio) * in * out * b);
    double perAtom = b * (double) in + b * (double) out / rho + out;
    // Rounding s down may leave room for a few more atoms than the formula says.
    for (long k = (long) (budget / perAtom) + (long) rho + 1; k >= 1; k--) {
      long s = (long) Math.floor(k / rho);
      if (s >= 1 && s <= Math.min(in, out) && bits(in, out, k, s * out, b) <= budget) {
        return Optional.of(new SparseSize(k, s));
      }
    }
    return Optional.empty();
  }
}
