package io.compot.chat.jinja;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.IsoFields;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** C's {@code strftime} in the C locale. */
final class Strftime {

  private Strftime() {}

  static String format(String pattern, LocalDateTime now) {
    var out = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c != '%' || i + 1 == pattern.length()) {
        out.append(c);
        continue;
      }
      char kind = pattern.charAt(++i);
      boolean bare = kind == '-' && i + 1 < pattern.length();
      if (bare) {
        kind = pattern.charAt(++i);
      }
      String field = field(kind, now);
      if (field == null) {
        out.append('%').append(bare ? "-" : "").append(kind);
      } else {
        out.append(bare ? field.replaceFirst("^[0 ]+(?=.)", "") : field);
      }
    }
    return out.toString();
  }

  private static @Nullable String field(char kind, LocalDateTime now) {
    return switch (kind) {
      case 'Y' -> String.valueOf(now.getYear());
      case 'C' -> two(now.getYear() / 100);
      case 'y' -> two(now.getYear() % 100);
      case 'm' -> two(now.getMonthValue());
      case 'B' -> now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'b', 'h' ->
          now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
      case 'd' -> two(now.getDayOfMonth());
      case 'e' -> "%2d".formatted(now.getDayOfMonth());
      case 'j' -> "%03d".formatted(now.getDayOfYear());
      case 'H' -> two(now.getHour());
      case 'I' -> two((now.getHour() + 11) % 12 + 1);
      case 'k' -> "%2d".formatted(now.getHour());
      case 'l' -> "%2d".formatted((now.getHour() + 11) % 12 + 1);
      case 'M' -> two(now.getMinute());
      case 'S' -> two(now.getSecond());
      case 'f' -> "%06d".formatted(now.getNano() / 1000);
      case 'p' -> now.getHour() < 12 ? "AM" : "PM";
      case 'P' -> now.getHour() < 12 ? "am" : "pm";
      case 'A' -> now.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'a' -> now.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
      case 'w' -> String.valueOf(now.getDayOfWeek().getValue() % 7);
      case 'u' -> String.valueOf(now.getDayOfWeek().getValue());
      case 'U' -> two((now.getDayOfYear() + 6 - now.getDayOfWeek().getValue() % 7) / 7);
      case 'W' -> two((now.getDayOfYear() + 6 - (now.getDayOfWeek().getValue() + 6) % 7) / 7);
      case 'V' -> two(now.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
      case 'G' -> String.valueOf(now.get(IsoFields.WEEK_BASED_YEAR));
      case 'F' -> format("%Y-%m-%d", now);
      case 'D', 'x' -> format("%m/%d/%y", now);
      case 'T', 'X' -> format("%H:%M:%S", now);
      case 'R' -> format("%H:%M", now);
      case 'r' -> format("%I:%M:%S %p", now);
      case 'c' -> format("%a %b %e %H:%M:%S %Y", now);
      case 'z', 'Z' -> "";
      case 'n' -> "\n";
      case 't' -> "\t";
      case '%' -> "%";
      default -> null;
    };
  }

  private static String two(int number) {
    return "%02d".formatted(number);
  }
}
