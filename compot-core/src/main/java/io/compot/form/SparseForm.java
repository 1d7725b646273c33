package io.compot.form;

import io.compot.tensor.Dtype;
import java.util.Optional;

/**
 * A dense dictionary and a sparse code: W ≈ code · dictionary (COMPOT, CoSpaDi, ROCKET). The code's
 * support is a mask of one bit a place, whose rows are padded to bytes.
 *
 * @param k atoms, that is rows of the dictionary
 * @param s nonzeros a column of S, that is a row of the stored code; their mean where rows differ
 * @param dictionary numbers of the dictionary, [k, in]
 * @param values numbers of the nonzeros, a stream of s·out, row after row
 */
public record SparseForm(long k, long s, Numbers dictionary, Numbers values) implements Form {

  /** Dictionary and values in one plain type. */
  public static SparseForm plain(long k, long s, Dtype dtype) {
    return new SparseForm(k, s, new Numbers.Plain(dtype), new Numbers.Plain(dtype));
  }

  /** Numbers of the dictionary, values, and mask rows padded to bytes. */
  @Override
  public long bits(long in, long out) {
    return dictionary.bits(k, in) + values.bits(s * out) + maskBits(out, k);
  }

  @Override
  public long numbers(long in, long out) {
    return k * in + s * out;
  }

  @Override
  public boolean fits(long in, long out) {
    return s >= 1
        && s <= k
        && k <= Math.max(in, out)
        && dictionary.fits(k, in)
        && values.fits(s * out);
  }

  @Override
  public String words() {
    return "k %d, s %d%s".formatted(k, s, dictionary.suffix());
  }

  @Override
  public String kind() {
    return "sparse" + dictionary.suffix();
  }

  private static long maskBits(long out, long k) {
    return out * Byte.SIZE * SparseCode.rowBytes(k);
  }

  private static long bits(long in, long out, long k, long nonzeros, int b) {
    return b * (k * in + nonzeros) + maskBits(out, k);
  }

  /**
   * How many atoms and nonzeros a budget of bits buys (COMPOT Eq. 11, CoSpaDi Eq. 10), with the
   * mask paid for as it lies on disk: the largest (k, s) with s = ⌊k/ρ⌋ whose bits do not exceed (1
   * − ratio) of the dense ones, starting from k = ⌊(1−CR)·m·n·b / (b·m + b·n/ρ + n)⌋. Where k would
   * pass min(in, out), k stays there (more orthogonal atoms than the rank are useless) and the rest
   * of the budget goes into s ≤ k.
   *
   * @param in rows of W in the paper's layout (m)
   * @param out columns (n)
   * @param dtype of the factors, and of the dense weight that the ratio is of; b is its bits
   * @param ratio fraction of the dense bits to remove, in (0, 1)
   * @param rho k/s, at least 1
   * @return empty where not even one atom with one nonzero a column fits
   */
  public static Optional<SparseForm> within(
      long in, long out, Dtype dtype, double ratio, double rho) {
    int b = dtype.bits();
    long budget = (long) Math.floor((1 - ratio) * in * out * b);
    double perAtom = b * (double) in + b * (double) out / rho + out;
    long k = (long) Math.floor((1 - ratio) * in * out * b / perAtom);
    long most = Math.min(in, out);
    if (k >= most) {
      long rest = budget - bits(in, out, most, 0, b);
      long s = Math.min(most, rest / (b * out));
      return s >= 1 ? Optional.of(plain(most, s, dtype)) : Optional.empty();
    }
    while (k >= 1) {
      long s = (long) Math.floor(k / rho);
      if (s >= 1 && bits(in, out, k, s * out, b) <= budget) {
        return Optional.of(plain(k, s, dtype));
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
   * @param dtype of the factors, and of the dense weight that the ratio is of; b is its bits
   * @param ratio fraction of the dense bits to remove, in (0, 1)
   * @param rho k/s, at least 1
   * @return empty where not even one atom with one nonzero a column fits
   */
  public static Optional<SparseForm> overComplete(
      long in, long out, Dtype dtype, double ratio, double rho) {
    int b = dtype.bits();
    double budget = Math.floor((1 - ratio) * in * out * b);
    double perAtom = b * (double) in + b * (double) out / rho + out;
    // Rounding s down may leave room for a few more atoms than the formula says.
    for (long k = (long) (budget / perAtom) + (long) rho + 1; k >= 1; k--) {
      long s = (long) Math.floor(k / rho);
      if (s >= 1 && s <= Math.min(in, out) && bits(in, out, k, s * out, b) <= budget) {
        return Optional.of(plain(k, s, dtype));
      }
    }
    return Optional.empty();
  }
}
