package io.compot.model;

/**
 * One expected dimension of a tensor and where the expectation comes from.
 *
 * @param size expected size
 * @param field field of config.json, or an expression over fields, that says so
 * @param axis what it counts that a block may have fewer of than others
 * @param unit how many places one of these takes, side by side
 */
public record Dimension(long size, String field, Axis axis, long unit) {

  /** What may be taken out of single blocks. */
  public enum Axis {
    /** Nothing: the dimension is the same everywhere. */
    FIXED,
    /** Key and value heads, each with the query heads that read it. */
    HEADS,
    /** Channels of a dense feed-forward layer. */
    CHANNELS
  }

  /** A dimension that is the same everywhere. */
  public Dimension(long size, String field) {
    this(size, field, Axis.FIXED, 1);
  }

  Dimension times(Dimension other) {
    return new Dimension(Math.multiplyExact(size, other.size), field + " x " + other.field);
  }

  /** The same, counting so many of these. */
  Dimension along(Axis counted, long count) {
    return new Dimension(size, field, counted, size / count);
  }

  @Override
  public String toString() {
    return field + "=" + size;
  }
}
