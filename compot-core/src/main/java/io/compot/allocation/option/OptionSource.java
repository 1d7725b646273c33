package io.compot.allocation.option;

import java.util.List;
import java.util.Optional;

/**
 * The ways to store one projection, apart from leaving it dense: a finite list, or a rule that
 * knows a size for every number of bits.
 */
public interface OptionSource {

  /** Options worth weighing against each other, in ascending order of bits; may be empty. */
  List<CompressionOption> options();

  /**
   * The best option of at most so many bits. A larger limit never gives a worse one.
   *
   * @return empty where none is that small
   */
  Optional<CompressionOption> within(long bits);

  /**
   * The smallest option of more than {@code above} and at most {@code limit} bits that {@link
   * #within} would ever give.
   */
  default Optional<CompressionOption> next(long above, long limit) {
    Optional<CompressionOption> found = larger(above, limit);
    long low = above;
    long high = limit;
    while (found.isPresent() && high - low > 1) {
      long middle = low + (high - low) / 2;
      Optional<CompressionOption> smaller = larger(above, middle);
      if (smaller.isPresent()) {
        found = smaller;
        high = Math.min(middle, smaller.get().bits());
      } else {
        low = middle;
      }
    }
    return found;
  }

  private Optional<CompressionOption> larger(long above, long limit) {
    return limit <= above ? Optional.empty() : within(limit).filter(o -> o.bits() > above);
  }
}
