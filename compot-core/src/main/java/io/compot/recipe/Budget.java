package io.compot.recipe;

/** How small the chosen projections, or the whole, are to become. */
public sealed interface Budget {

  /**
   * A fraction of the chosen projections' bits goes.
   *
   * @param ratio between 0 and 1
   */
  record Removed(double ratio) implements Budget {}

  /**
   * So many bits a weight of the chosen projections, scales and masks among them.
   *
   * @param bits above 0
   */
  record BitsAWeight(double bits) implements Budget {}

  /**
   * The weight files of the result take so many bytes at most, headers among them.
   *
   * @param bytes at least 1
   */
  record FileSize(long bytes) implements Budget {}

  /**
   * The weight files of the result take such a part of the bytes of the source's.
   *
   * @param part between 0 and 1
   */
  record FilePart(double part) implements Budget {}

  /** What the method's own settings say of each weight: nothing is left to be split. */
  record ByMethod() implements Budget {}
}
