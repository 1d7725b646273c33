package io.compot.plan;

/** Bits before and after compression. */
public record BitCount(long before, long after) {

  /** Fraction of the bits removed; 0 for nothing at all. */
  public double removed() {
    return before == 0 ? 0 : (double) (before - after) / before;
  }
}
