package io.compot.form;

import io.compot.tensor.Dtype;
import java.util.Optional;

/**
 * Two factors: W ≈ left · right (truncated SVD, SVD-LLM).
 *
 * @param rank r
 * @param left numbers of the factor [out, r]
 * @param right numbers of the factor [r, in]
 */
public record LowRankForm(long rank, Numbers left, Numbers right) implements Form {

  /** Both factors in one plain type. */
  public static LowRankForm plain(long rank, Dtype dtype) {
    return new LowRankForm(rank, new Numbers.Plain(dtype), new Numbers.Plain(dtype));
  }

  /**
   * r = ⌊(1−CR)·in·out / (in+out)⌋ (CoSpaDi Eq. 48), and at most the smaller of the two; 0 where
   * not even rank 1 fits.
   *
   * @param ratio fraction of the dense numbers to remove, in (0, 1)
   */
  public static long rank(long in, long out, double ratio) {
    long rank = (long) Math.floor((1 - ratio) * in * out / (in + out));
    return Math.min(rank, Math.min(in, out));
  }

  /**
   * The {@link #rank} as a form.
   *
   * @param dtype of the factors, and of the dense weight that the ratio is of
   * @param ratio fraction of the dense bits to remove, in (0, 1)
   * @return empty where not even rank 1 fits
   */
  public static Optional<LowRankForm> within(long in, long out, Dtype dtype, double ratio) {
    long rank = rank(in, out, ratio);
    return rank >= 1 ? Optional.of(plain(rank, dtype)) : Optional.empty();
  }

  @Override
  public long bits(long in, long out) {
    return left.bits(out, rank) + right.bits(rank, in);
  }

  @Override
  public long numbers(long in, long out) {
    return rank * (in + out);
  }

  @Override
  public boolean fits(long in, long out) {
    return rank >= 1 && rank <= Math.min(in, out) && left.fits(out, rank) && right.fits(rank, in);
  }

  @Override
  public String words() {
    return "rank " + rank + right.suffix();
  }

  @Override
  public String kind() {
    return "low rank" + right.suffix();
  }
}
