package io.compot.form;

import java.util.Optional;

/**
 * The rank of a two-factor low-rank replacement.
 *
 * @param rank r
 */
public record LowRankSize(long rank) implements FactorSize {

  @Override
  public long bits(long in, long out, int b) {
    return b * rank * (in + out);
  }

  /**
   * r = ⌊(1−CR)·in·out / (in+out)⌋ (CoSpaDi Eq. 48).
   *
   * @param ratio fraction of the dense bits to remove, in (0, 1)
   * @return empty where not even rank 1 fits
   */
  public static Optional<LowRankSize> within(long in, long out, double ratio) {
    long rank = (long) Math.floor((1 - ratio) * in * out / (in + out));
    return rank >= 1
        ? Optional.of(new LowRankSize(Math.min(rank, Math.min(in, out))))
        : Optional.empty();
  }
}
