package io.compot.chat.jinja;

import static io.compot.chat.jinja.ContainerMethods.given;

import io.compot.text.PythonSpace;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Filters over numbers. */
final class NumberFilters {

  private static final Pattern DECIMAL = Pattern.compile("[+-]?\\d+(?:_\\d+)*");

  private NumberFilters() {}

  static void register(Map<String, Filters.Filter> filters) {
    filters.put("int", NumberFilters::integer);
    filters.put("float", NumberFilters::real);
    filters.put("abs", (_, a) -> absolute(given(a.bind("abs", "x")[0])));
    filters.put("round", NumberFilters::round);
    filters.put("sum", NumberFilters::sum);
    filters.put("min", (rendering, a) -> extreme(rendering, a, "min", -1));
    filters.put("max", (rendering, a) -> extreme(rendering, a, "max", 1));
    filters.put("filesizeformat", NumberFilters::fileSize);
  }

  private static Object integer(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("int", "value", "default?", "base?");
    Object otherwise = v[1] == null ? BigInteger.ZERO : v[1];
    Object value = Types.number(given(v[0]));
    if (value instanceof Undefined missing) {
      throw missing.error();
    }
    if (value instanceof BigInteger) {
      return value;
    }
    if (value instanceof Double number) {
      return Double.isFinite(number) ? new BigDecimal(number).toBigInteger() : otherwise;
    }
    String text = Types.text(value);
    if (text == null) {
      return otherwise;
    }
    rendering.budget().made(text.length());
    BigInteger whole = parsed(text, (int) Arguments.whole(v[2], 10, "base"));
    if (whole != null) {
      return whole;
    }
    OptionalDouble real = Floats.parse(text);
    return real.isPresent() && Double.isFinite(real.getAsDouble())
        ? new BigDecimal(real.getAsDouble()).toBigInteger()
        : otherwise;
  }

  private static @Nullable BigInteger parsed(String text, int base) {
    String trimmed =
        PythonSpace.stripTrailing(PythonSpace.stripLeading(text)).toLowerCase(Locale.ROOT);
    if (trimmed.length() > 4300) {
      return null;
    }
    if (base == 10) {
      return DECIMAL.matcher(trimmed).matches()
          ? new BigInteger(trimmed.replace("_", "").replace("+", ""))
          : null;
    }
    boolean negative = trimmed.startsWith("-");
    String digits = negative || trimmed.startsWith("+") ? trimmed.substring(1) : trimmed;
    String prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "\0";
    digits = digits.startsWith(prefix) ? digits.substring(2) : digits;
    if (base < 2 || base > 36 || digits.isEmpty() || digits.startsWith("-")) {
      return null;
    }
    try {
      var number = new BigInteger(digits, base);
      return negative ? number.negate() : number;
    } catch (NumberFormatException _) {
      return null;
    }
  }

  private static Object real(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("float", "value", "default?");
    Object otherwise = v[1] == null ? Double.valueOf(0) : v[1];
    Object value = Types.number(given(v[0]));
    if (value instanceof Undefined missing) {
      throw missing.error();
    }
    if (Types.isNumber(value)) {
      return ((Number) value).doubleValue();
    }
    String text = Types.text(value);
    if (text == null) {
      return otherwise;
    }
    rendering.budget().made(text.length());
    OptionalDouble parsed = Floats.parse(text);
    return parsed.isPresent() ? parsed.getAsDouble() : otherwise;
  }

  private static Object absolute(Object value) {
    return switch (Types.number(value)) {
      case BigInteger number -> number.abs();
      case Double number -> Math.abs(number);
      default ->
          throw JinjaException.operation("bad operand type for abs(): '%s'", Types.name(value));
    };
  }

  private static Object round(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("round", "value", "precision?", "method?");
    String method = v[2] == null ? "common" : rendering.str(v[2]);
    int precision = Math.clamp(Arguments.whole(v[1], 0, "precision"), -400, 400);
    Object value = Types.number(given(v[0]));
    if (!Types.isNumber(value)) {
      throw JinjaException.operation("type %s doesn't define round", Types.name(value));
    }
    double number = ((Number) value).doubleValue();
    return switch (method) {
      case "common" ->
          value instanceof BigInteger whole
              ? new BigDecimal(whole)
                  .setScale(Math.min(precision, 0), RoundingMode.HALF_EVEN)
                  .toBigInteger()
              : Double.isFinite(number)
                  ? (Object)
                      new BigDecimal(number)
                          .setScale(precision, RoundingMode.HALF_EVEN)
                          .doubleValue()
                  : number;
      case "ceil", "floor" -> {
        double scaled = number * Math.pow(10, precision);
        if (!Double.isFinite(scaled)) {
          throw JinjaException.operation("cannot convert float infinity to integer");
        }
        yield (method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled))
            / Math.pow(10, precision);
      }
      default -> throw JinjaException.operation("method must be common, ceil or floor");
    };
  }

  private static Object sum(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("sum", "iterable", "attribute?", "start?");
    var key = AttributeGetter.of(v[1], null, rendering);
    Object total = v[2] == null ? BigInteger.ZERO : v[2];
    if (Types.isString(total)) {
      throw JinjaException.operation("sum() can't sum strings [use ''.join(seq) instead]");
    }
    for (Iterator<Object> all = Iteration.iterator(given(v[0])); all.hasNext(); ) {
      total = rendering.arithmetic().binary("+", total, key.apply(all.next()));
    }
    return total;
  }

  private static Object extreme(Rendering rendering, Arguments a, String name, int sign) {
    @Nullable Object[] v = a.bind(name, "value", "case_sensitive?", "attribute?");
    var key = AttributeGetter.one(v[2], !Arguments.flag(v[1]), null, rendering);
    List<Object> items = Iteration.list(given(v[0]), rendering.budget());
    if (items.isEmpty()) {
      return Undefined.because("No aggregated item, sequence was empty.");
    }
    Object best = items.getFirst();
    for (Object item : items.subList(1, items.size())) {
      if (sign * rendering.comparison().order(key.apply(item), key.apply(best)) > 0) {
        best = item;
      }
    }
    return best;
  }

  private static Object fileSize(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("filesizeformat", "value", "binary?");
    double bytes = ((Number) real(rendering, Arguments.of(given(v[0])))).doubleValue();
    boolean binary = Arguments.flag(v[1]);
    double base = binary ? 1024 : 1000;
    if (bytes == 1) {
      return "1 Byte";
    }
    if (bytes < base) {
      return (long) bytes + " Bytes";
    }
    String prefixes = binary ? "KMGTPEZY" : "kMGTPEZY";
    double unit = base;
    for (int i = 0; i < prefixes.length(); i++) {
      if (bytes < unit * base || i == prefixes.length() - 1) {
        return FormatSpec.fixed(bytes / unit, 1) + " " + prefixes.charAt(i) + (binary ? "iB" : "B");
      }
      unit *= base;
    }
    throw new IllegalStateException("the last prefix takes everything");
  }
}
