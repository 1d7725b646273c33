package io.compot.model;

import java.util.ArrayList;
import java.util.List;

/**
 * One expected dimension of a tensor and where the expectation comes from.
 *
 * @param size expected size
 * @param field field of config.json, or an expression over fields, that says so
 * @param axis what it counts that a block may have fewer of than others
 * @param units how many places one of these takes, side by side; one number for each of the parts
 *     that stand one behind the other where several are stored as one, as queries, keys and values
 */
public record Dimension(long size, String field, Axis axis, List<Long> units) {

  /** What may be taken out of single blocks. */
  public enum Axis {
    /** Nothing: the dimension is the same everywhere. */
    FIXED,
    /** Key and value heads, each with the query heads that read it. */
    HEADS,
    /** Channels of a dense feed-forward layer. */
    CHANNELS
  }

  public Dimension {
    units = List.copyOf(units);
  }

  /** A dimension that is the same everywhere. */
  public Dimension(long size, String field) {
    this(size, field, Axis.FIXED, List.of(1L));
  }

  Dimension times(Dimension other) {
    return new Dimension(Math.multiplyExact(size, other.size), field + " x " + other.field);
  }

  /** The same, counting so many of these. */
  Dimension along(Axis counted, long count) {
    return new Dimension(size, field, counted, List.of(size / count));
  }

  /** This and others one behind the other, which count the same. */
  Dimension with(Dimension... others) {
    long total = size;
    var names = new StringBuilder(field);
    var all = new ArrayList<>(units);
    for (Dimension other : others) {
      total = Math.addExact(total, other.size);
      names.append(" + ").append(other.field);
      all.addAll(other.units);
    }
    return new Dimension(total, names.toString(), axis, all);
  }

  @Override
  public String toString() {
    return field + "=" + size;
  }
}
