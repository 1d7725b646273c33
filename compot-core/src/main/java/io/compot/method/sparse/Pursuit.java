package io.compot.method.sparse;

/** How CoSpaDi finds codes for a dictionary. All give exactly s atoms a column. */
public enum Pursuit {
  /** Orthogonal matching pursuit from nothing in every iteration: the paper's algorithm. */
  OMP,
  /**
   * Orthogonal matching pursuit in the first iteration; then each support goes on from the one
   * before by {@link SupportExchange exchanging} atoms where that lowers the column's error.
   */
  WARM,
  /** As {@link #WARM}, with a first support found in a few stages of several atoms each. */
  STAGED
}
