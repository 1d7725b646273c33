package io.compot.method;

import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * Expected error over bits, through measured points. Between two points the logarithm of the error
 * is linear in bits (the error itself where one of them is 0); beyond the last point the error
 * stays as it was there, and below the first nothing is known. A point that is worse than one of
 * fewer bits counts as noise and takes that one's error, so that the curve never rises.
 */
public final class ErrorCurve {

  private final NavigableMap<Long, Double> points = new TreeMap<>();

  /**
   * @param measured bits to error, at least one point; errors finite and not negative
   */
  public ErrorCurve(Map<Long, Double> measured) {
    double least = Double.POSITIVE_INFINITY;
    for (var point : new TreeMap<>(measured).entrySet()) {
      double error = point.getValue();
      if (!Double.isFinite(error) || error < 0) {
        throw new IllegalArgumentException("measured error " + error);
      }
      least = Math.min(least, error);
      points.put(point.getKey(), least);
    }
    if (points.isEmpty()) {
      throw new IllegalArgumentException("an error curve needs a measured point");
    }
  }

  /** The expected error at so many bits; empty below the first measured point. */
  public OptionalDouble at(long bits) {
    var below = points.floorEntry(bits);
    if (below == null) {
      return OptionalDouble.empty();
    }
    var above = points.higherEntry(bits);
    if (above == null) {
      return OptionalDouble.of(below.getValue());
    }
    double from = below.getValue();
    double to = above.getValue();
    double part = (bits - below.getKey()) / (double) (above.getKey() - below.getKey());
    return OptionalDouble.of(to > 0 ? from * Math.pow(to / from, part) : from + part * (to - from));
  }
}
