package io.compot.chat.jinja;

import io.compot.text.PythonSpace;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** Floats as Python writes and reads them. */
final class Floats {

  private static final Pattern DECIMAL =
      Pattern.compile(
          "[+-]?(?:\\d+(?:_\\d+)*\\.?(?:\\d+(?:_\\d+)*)?|\\.\\d+(?:_\\d+)*)(?:[eE][+-]?\\d+(?:_\\d+)*)?");

  private Floats() {}

  /** {@code repr(number)}: the shortest digits that give the number back. */
  static String repr(double number) {
    if (Double.isNaN(number)) {
      return "nan";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    String sign = Double.compare(number, 0) < 0 ? "-" : "";
    if (number == 0) {
      return sign + "0.0";
    }
    var decimal = shortest(Math.abs(number)).stripTrailingZeros();
    String digits = decimal.unscaledValue().toString();
    int exponent = digits.length() - decimal.scale() - 1;
    if (exponent >= 16 || exponent < -4) {
      String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
      return "%s%c%se%s%02d"
          .formatted(
              sign, digits.charAt(0), fraction, exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
    String plain = decimal.toPlainString();
    return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
  }

  private static BigDecimal shortest(double magnitude) {
    var decimal = new BigDecimal(Double.toString(magnitude));
    // Java writes two digits also where one would do.
    var one = decimal.round(new MathContext(1, RoundingMode.HALF_EVEN));
    return one.doubleValue() == magnitude ? one : decimal;
  }

  /** {@code float(text)}; empty where it is no float. */
  static OptionalDouble parse(String text) {
    String trimmed = PythonSpace.stripTrailing(PythonSpace.stripLeading(text));
    String word = trimmed.toLowerCase(Locale.ROOT);
    String unsigned = word.startsWith("-") || word.startsWith("+") ? word.substring(1) : word;
    double sign = word.startsWith("-") ? -1 : 1;
    if (unsigned.equals("inf") || unsigned.equals("infinity")) {
      return OptionalDouble.of(sign * Double.POSITIVE_INFINITY);
    }
    if (unsigned.equals("nan")) {
      return OptionalDouble.of(Double.NaN);
    }
    return DECIMAL.matcher(trimmed).matches()
        ? OptionalDouble.of(Double.parseDouble(trimmed.replace("_", "")))
        : OptionalDouble.empty();
  }
}
