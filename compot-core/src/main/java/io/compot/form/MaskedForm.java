package io.compot.form;

import io.compot.tensor.Dtype;
import java.util.Optional;

/**
 * A weight of which some entries are left (Wanda, SparseGPT): their values, and a mask of one bit a
 * place whose rows are padded to bytes. The mask of n entries in every m takes as much: hardware
 * that wants it otherwise has no fewer bits of it.
 *
 * @param s entries left of a row; their mean where rows differ
 * @param values numbers of the entries, a stream of s·out, row after row
 */
public record MaskedForm(long s, Numbers values) implements Form {

  /** Values in one plain type. */
  public static MaskedForm plain(long s, Dtype dtype) {
    return new MaskedForm(s, new Numbers.Plain(dtype));
  }

  @Override
  public long bits(long in, long out) {
    return values.bits(s * out) + maskBits(in, out);
  }

  @Override
  public long numbers(long in, long out) {
    return s * out;
  }

  @Override
  public boolean fits(long in, long out) {
    return s >= 1 && s <= in && values.fits(s * out);
  }

  @Override
  public String words() {
    return "%d left of a row%s".formatted(s, values.suffix());
  }

  @Override
  public String kind() {
    return "masked" + values.suffix();
  }

  private static long maskBits(long in, long out) {
    return out * Byte.SIZE * SparseCode.rowBytes(in);
  }

  /**
   * The most entries that a budget of bits buys, with the mask paid for.
   *
   * @param dtype of the entries, and of the dense weight that the ratio is of
   * @param ratio fraction of the dense bits to remove, in (0, 1)
   * @return empty where not even one entry of a row fits
   */
  public static Optional<MaskedForm> within(long in, long out, Dtype dtype, double ratio) {
    long budget = (long) Math.floor((1 - ratio) * in * out * dtype.bits());
    long s = Math.floorDiv(budget - maskBits(in, out), out * dtype.bits());
    return s >= 1 ? Optional.of(plain(Math.min(s, in), dtype)) : Optional.empty();
  }
}
