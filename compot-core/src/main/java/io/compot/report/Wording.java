package io.compot.report;

import java.util.Locale;

/** Numbers in sentences. */
final class Wording {

  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};
  private static final double STEP = 1000;

  private Wording() {}

  static String bytes(long bits) {
    double value = bits / 8.0;
    int unit = 0;
    while (value >= STEP && unit < UNITS.length - 1) {
      value /= STEP;
      unit++;
    }
    String digits = unit == 0 ? "%.0f" : value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f";
    return String.format(Locale.ROOT, digits + " %s", value, UNITS[unit]);
  }

  static String percent(double fraction) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * fraction);
  }

  static String seconds(double value) {
    return value < 120
        ? String.format(Locale.ROOT, "%.1f seconds", value)
        : String.format(Locale.ROOT, "%.1f minutes", value / 60);
  }

  /** A change by a factor, as "+5.7 %". */
  static String change(double before, double after) {
    return String.format(Locale.ROOT, "%+.1f %%", 100 * (after / before - 1));
  }

  static String number(double value) {
    return Math.abs(value) < 1000
        ? String.format(Locale.ROOT, "%.4g", value)
        : String.format(Locale.ROOT, "%.5g", value);
  }
}
