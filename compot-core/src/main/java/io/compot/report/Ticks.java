package io.compot.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/**
 * An axis with round numbers on it.
 *
 * @param low where it begins
 * @param high where it ends
 * @param logarithmic whether equal steps are equal factors
 * @param at the round numbers within it, ascending
 */
record Ticks(double low, double high, boolean logarithmic, List<Double> at) {

  private static final int WANTED = 6;
  private static final double MARGIN = 0.04;

  Ticks {
    at = List.copyOf(at);
  }

  /** 1, 2 or 5 times a power of ten apart; a single value gets room on both sides. */
  static Ticks linear(double least, double most) {
    double span = most > least ? most - least : Math.max(Math.abs(least), 1) * 0.2;
    double low = most > least ? least - MARGIN * span : least - span / 2;
    double high = most > least ? most + MARGIN * span : most + span / 2;
    double rough = (high - low) / WANTED;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step =
        power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
    List<Double> at = new ArrayList<>();
    for (long i = (long) Math.ceil(low / step); i * step <= high; i++) {
      at.add(round(i * step));
    }
    return new Ticks(low, high, false, at);
  }

  /** 1, 2 and 5 of each decade where there are few, powers of ten where there are many. */
  static Ticks logarithmic(double least, double most) {
    double factor = Math.pow(Math.max(most / least, 1.2), MARGIN);
    double low = least / factor;
    double high = most * factor;
    boolean few = Math.log10(high / low) < 3;
    List<Double> at = new ArrayList<>();
    for (int decade = (int) Math.floor(Math.log10(low)); Math.pow(10, decade) <= high; decade++) {
      for (double digit : few ? new double[] {1, 2, 5} : new double[] {1}) {
        double value = round(digit * Math.pow(10, decade));
        if (value >= low && value <= high) {
          at.add(value);
        }
      }
    }
    return at.size() < 2 ? linear(least, most) : new Ticks(low, high, true, at);
  }

  /** How far along the axis a value is, from 0 to 1. */
  double place(double value) {
    return logarithmic
        ? Math.log(value / low) / Math.log(high / low)
        : (value - low) / (high - low);
  }

  /** A round number as people write it. */
  static String label(double value) {
    double size = Math.abs(value);
    BigDecimal plain = BigDecimal.valueOf(value).round(new MathContext(4)).stripTrailingZeros();
    return value != 0 && (size < 1e-4 || size >= 1e6) ? plain.toString() : plain.toPlainString();
  }

  private static double round(double value) {
    return new BigDecimal(value).round(new MathContext(10)).doubleValue();
  }
}
