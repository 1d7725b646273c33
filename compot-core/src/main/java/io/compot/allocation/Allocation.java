package io.compot.allocation;

import io.compot.allocation.option.CompressionOption;
import java.util.List;

/**
 * How a budget was split, and why.
 *
 * @param allocator name of the way
 * @param budget bits that were to be spent at most
 * @param decisions one for each projection, in the order of the profiles
 * @param notes what a reader should know: thresholds, repairs, bits that bought nothing
 */
public record Allocation(
    String allocator, long budget, List<Decision> decisions, List<String> notes) {

  public Allocation {
    decisions = List.copyOf(decisions);
    notes = List.copyOf(notes);
  }

  /**
   * What becomes of one projection.
   *
   * @param projection its name
   * @param option chosen
   * @param denseBits of the weight as it is
   * @param why in a few words, for the report
   */
  public record Decision(String projection, CompressionOption option, long denseBits, String why) {

    /** Fraction of its bits that goes. */
    public double ratio() {
      return 1 - option.bits() / (double) denseBits;
    }
  }

  /** Bits of all chosen options; never more than the budget. */
  public long bits() {
    return decisions.stream().mapToLong(decision -> decision.option().bits()).sum();
  }

  /** Bits of the weights as they are. */
  public long denseBits() {
    return decisions.stream().mapToLong(Decision::denseBits).sum();
  }

  /** Fraction of all bits that goes. */
  public double ratio() {
    return 1 - bits() / (double) denseBits();
  }
}
