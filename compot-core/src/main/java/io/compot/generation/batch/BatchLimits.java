package io.compot.generation.batch;

/**
 * How much a {@link Batch} takes upon itself.
 *
 * @param texts most texts in the making at once
 * @param cacheBytes most bytes of keys and values, those that are kept for later among them
 * @param piece most tokens of a prompt computed between two steps of the texts
 */
public record BatchLimits(int texts, long cacheBytes, int piece) {

  public BatchLimits {
    if (texts < 1 || cacheBytes < 1 || piece < 1) {
      throw new IllegalArgumentException(texts + " texts, " + cacheBytes + " bytes, " + piece);
    }
  }

  /** Eight texts in a gibibyte. */
  public static BatchLimits defaults() {
    return new BatchLimits(8, 1L << 30, 256);
  }
}
