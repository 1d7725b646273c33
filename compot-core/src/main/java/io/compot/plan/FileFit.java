package io.compot.plan;

import io.compot.error.CompotException;
import io.compot.error.UsageException;

/**
 * Finds the budget whose weight files are as large as they may be: a budget is of weights, and
 * headers depend on what stands in their place.
 *
 * @param most bytes of the files
 * @param files of a plan
 */
public record FileFit(long most, Bytes files) {

  private static final int TRIES = 12;

  /** So much of the size may be left over. */
  private static final double ENOUGH = 0.0005;

  /** Bytes of the weight files that a plan leads to. */
  @FunctionalInterface
  public interface Bytes {
    long of(Plan plan) throws CompotException;
  }

  /** Splits a budget. */
  @FunctionalInterface
  interface Split {
    Plan of(long bits) throws UsageException;
  }

  /**
   * The largest plan found that fits.
   *
   * @param first bits to begin with
   * @param least bits that the smallest plan takes
   * @throws UsageException where not even that fits
   */
  Plan fit(long first, long least, Split split) throws CompotException {
    Plan smallest = split.of(least);
    long smallestBytes = files.of(smallest);
    if (smallestBytes > most) {
      throw unreachable(most, smallestBytes);
    }
    Plan best = smallest;
    long low = least;
    long high = Math.max(first, least + 1);
    long bits = first;
    for (int i = 0; i < TRIES && low < high; i++) {
      bits = Math.clamp(bits, low, high);
      Plan plan = split.of(bits);
      long spare = most - files.of(plan);
      if (spare >= 0) {
        best = plan;
        low = bits + 1;
        if (spare <= ENOUGH * most) {
          break;
        }
      } else {
        high = bits - 1;
      }
      bits = i < 3 ? bits + spare * Byte.SIZE : low + (high - low) / 2;
    }
    return best;
  }

  static UsageException unreachable(long most, long least) {
    return new UsageException(
        "size %,d: the weight files take at least %,d bytes, since what is not chosen stays as it is; choose a larger size, or include more projections"
            .formatted(most, least));
  }
}
