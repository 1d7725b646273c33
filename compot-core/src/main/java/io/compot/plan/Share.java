package io.compot.plan;

/** What a projection takes of the budget of bits. */
public sealed interface Share {

  /** Nothing: it stays as it is, for this reason. */
  record Excluded(String why) implements Share {}

  /** What the allocation gives it. */
  record OfBudget() implements Share {}

  /**
   * Nothing, since it becomes smaller by itself.
   *
   * @param ratio fraction of its bits to remove, whatever the others
   */
  record OfItsOwn(double ratio) implements Share {}
}
