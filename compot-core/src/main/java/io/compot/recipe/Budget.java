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

  /**
   * The smallest that diverges from the original by so much at most, on text that nothing was
   * fitted to.
   *
   * @param nats KL divergence of the next-token distributions, nats a token, above 0
   */
  record MostDivergence(double nats) implements Budget {}

  /**
   * The smallest whose perplexity is above the original's by such a part at most, on text that
   * nothing was fitted to.
   *
   * @param part of the original's, above 0
   */
  record MostRise(double part) implements Budget {}

  /** Whether it says how good the result has to be, so that its size has to be searched for. */
  default boolean isSearched() {
    return this instanceof MostDivergence || this instanceof MostRise;
  }

  /** What the method's own settings say of each weight: nothing is left to be split. */
  record ByMethod() implements Budget {}
}
