package io.compot.cli;

import java.time.Duration;
import java.util.Locale;

/** Numbers with units, as people read them. */
final class Quantity {

  private Quantity() {}

  /** "3.49 MB"; decimal units, as disks are sold and model hubs count. */
  static String bytes(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    double value = bytes;
    for (String unit : new String[] {"kB", "MB", "GB"}) {
      value /= 1000;
      if (value < 999.5) {
        return significant(value) + " " + unit;
      }
    }
    return significant(value / 1000) + " TB";
  }

  /** Bits that lie on disk, in bytes. */
  static String bits(long bits) {
    return bytes((bits + 7) / 8);
  }

  /** "1.24 B parameters" without the word. */
  static String count(long count) {
    if (count < 10_000) {
      return Long.toString(count);
    }
    double value = count;
    for (String unit : new String[] {"thousand", "million", "billion"}) {
      value /= 1000;
      if (value < 999.5) {
        return significant(value) + " " + unit;
      }
    }
    return significant(value / 1000) + " trillion";
  }

  /** "20.0 %" of a fraction. */
  static String percent(double fraction) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * fraction);
  }

  /** "0.118", with what is needed to tell errors apart. */
  static String error(double relative) {
    return String.format(
        Locale.ROOT, relative >= 0.001 || relative == 0 ? "%.4f" : "%.1e", relative);
  }

  /** "14.48". */
  static String perplexity(double value) {
    return value < 1e6
        ? String.format(Locale.ROOT, "%.2f", value)
        : String.format(Locale.ROOT, "%.3e", value);
  }

  /** "4.2 s", "3 min 20 s", "2 h 5 min". */
  static String time(Duration duration) {
    double seconds = duration.toNanos() / 1e9;
    if (seconds < 60) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    return whole < 3600
        ? whole / 60 + " min " + whole % 60 + " s"
        : whole / 3600 + " h " + whole % 3600 / 60 + " min";
  }

  /** "40 s", "7 min", "3 h": seconds that are guessed. */
  static String about(double seconds) {
    if (seconds < 10) {
      return "10 s";
    }
    if (seconds < 90) {
      return 10 * Math.round(seconds / 10) + " s";
    }
    return seconds < 90 * 60
        ? Math.round(seconds / 60) + " min"
        : Math.round(seconds / 3600) + " h";
  }

  /** Three digits that matter. */
  private static String significant(double value) {
    String format = value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f";
    return String.format(Locale.ROOT, format, value);
  }
}
