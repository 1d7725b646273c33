package io.compot.allocation.option;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A finite list of options, of one method or many.
 *
 * @param options in any order; kept in ascending order of bits
 * @param better those of them that no option of as few bits beats, ascending in bits
 */
public record OptionList(List<CompressionOption> options, List<CompressionOption> better)
    implements OptionSource {

  public OptionList {
    options = List.copyOf(options);
    better = List.copyOf(better);
  }

  /**
   * Options ranked by a measure that each of them has: {@link #within} skips what costs more bits
   * and promises no less error.
   */
  public static OptionList rankedBy(ErrorMeasure measure, List<CompressionOption> options) {
    return of(options, o -> o.error(measure));
  }

  /** Options without errors: more bits count as better. */
  public static OptionList rankedByBits(List<CompressionOption> options) {
    return of(options, null);
  }

  private static OptionList of(
      List<CompressionOption> options, @Nullable ToDoubleFunction<CompressionOption> error) {
    Comparator<CompressionOption> order = Comparator.comparingLong(CompressionOption::bits);
    if (error != null) {
      order = order.thenComparingDouble(error);
    }
    List<CompressionOption> sorted = options.stream().sorted(order).toList();
    List<CompressionOption> frontier = new ArrayList<>();
    for (CompressionOption option : sorted) {
      CompressionOption last = frontier.isEmpty() ? null : frontier.getLast();
      if (last == null
          || (error == null
              ? option.bits() > last.bits()
              : error.applyAsDouble(option) < error.applyAsDouble(last))) {
        frontier.add(option);
      }
    }
    return new OptionList(sorted, frontier);
  }

  @Override
  public Optional<CompressionOption> within(long bits) {
    CompressionOption best = null;
    for (CompressionOption option : better) {
      if (option.bits() <= bits) {
        best = option;
      }
    }
    return Optional.ofNullable(best);
  }
}
