package io.compot.search;

import io.compot.error.CompotException;
import io.compot.error.UsageException;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The smallest size whose loss of quality is within a limit. The loss falls as the size grows,
 * about by four for each bit a weight; so sizes are tried where a line through the logarithms of
 * what was measured meets the limit, within the bounds that were found, until those are close
 * together.
 *
 * @param name of the limit, for messages
 * @param limit most that may be lost, above 0
 * @param least bits a weight of the smallest size
 * @param most bits a weight of the largest
 */
public record SizeSearch(String name, double limit, double least, double most) {

  /** Steps of a bit a weight in which sizes are tried. */
  private static final double STEPS = 1000;

  /** How close the largest that fails and the smallest that holds have to come. */
  private static final double CLOSE = 1.02;

  private static final int MOST_TRIES = 10;

  /** Where to begin: the first size that hardly anybody notices. */
  private static final double FIRST = 4;

  private static final double FALL = 4;

  /** What counts as no loss at all, against the limit. */
  private static final double NOTHING = 1e-6;

  /** Makes and measures a model of a size. */
  @FunctionalInterface
  public interface Trial {

    /**
     * What is lost.
     *
     * @throws CompotException where it cannot be made
     */
    double at(double bits) throws CompotException;
  }

  /**
   * Searches.
   *
   * @return bits a weight of the smallest size tried that holds the limit
   * @throws UsageException where not even the largest holds it, saying what that one loses
   */
  public double find(Trial trial) throws CompotException {
    NavigableMap<Double, Double> failed = new TreeMap<>();
    NavigableMap<Double, Double> held = new TreeMap<>();
    while (failed.size() + held.size() < MOST_TRIES || held.isEmpty()) {
      double bits = next(failed, held);
      if (failed.containsKey(bits) || held.containsKey(bits)) {
        break;
      }
      double lost = trial.at(bits);
      (lost <= limit ? held : failed).put(bits, Math.max(lost, NOTHING * limit));
      // Noise may have a larger one fail: what matters is the smallest that holds above all
      // failures.
      if (!failed.isEmpty()) {
        held.headMap(failed.lastKey(), true).clear();
      }
      if (!held.isEmpty() && !failed.isEmpty() && held.firstKey() < CLOSE * failed.lastKey()) {
        break;
      }
    }
    if (held.isEmpty()) {
      var best = failed.lastEntry();
      throw new UsageException(
          "%s %s cannot be reached: with %s bits a weight, the most there are, it is %.4g; choose at least that"
              .formatted(name, limit, best.getKey(), best.getValue()));
    }
    return held.firstKey();
  }

  /** The size that is tried first. */
  public double first() {
    return rounded(Math.clamp(FIRST, least, most));
  }

  private double next(NavigableMap<Double, Double> failed, NavigableMap<Double, Double> held) {
    if (held.isEmpty() && failed.isEmpty()) {
      return first();
    }
    if (held.isEmpty()) {
      var nearest = failed.lastEntry();
      // After some tries the largest decides whether it can be reached at all.
      double guess =
          failed.size() >= MOST_TRIES / 2
              ? most
              : nearest.getKey() + Math.max(0.25, 1.1 * steps(nearest.getValue()));
      return rounded(Math.min(guess, most));
    }
    var nearest = held.firstEntry();
    if (failed.isEmpty()) {
      double guess = nearest.getKey() - Math.max(0.1, -1.1 * steps(nearest.getValue()));
      return rounded(Math.max(guess, least));
    }
    var below = failed.lastEntry();
    double width = nearest.getKey() - below.getKey();
    double part =
        Math.log(below.getValue() / limit) / Math.log(below.getValue() / nearest.getValue());
    return rounded(below.getKey() + width * Math.clamp(part, 0.1, 0.9));
  }

  /** Bits a weight between a loss and the limit, if each divides it by the usual. */
  private double steps(double lost) {
    return Math.log(lost / limit) / Math.log(FALL);
  }

  /** In whole steps, within the bounds. */
  private double rounded(double bits) {
    double whole = Math.rint(bits * STEPS);
    return Math.clamp(whole, Math.ceil(least * STEPS), Math.floor(most * STEPS)) / STEPS;
  }
}
