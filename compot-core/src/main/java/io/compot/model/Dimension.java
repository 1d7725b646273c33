package io.compot.model;

/**
 * One expected dimension of a tensor and where the expectation comes from.
 *
 * @param size expected size
 * @param field field of config.json, or an expression over fields, that says so
 */
public record Dimension(long size, String field) {

  Dimension times(Dimension other) {
    return new Dimension(Math.multiplyExact(size, other.size), field + " x " + other.field);
  }

  @Override
  public String toString() {
    return field + "=" + size;
  }
}
