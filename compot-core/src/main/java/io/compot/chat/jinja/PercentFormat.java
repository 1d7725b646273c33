package io.compot.chat.jinja;

import io.compot.chat.jinja.Values.Markup;
import io.compot.chat.jinja.Values.Tuple;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code text % values}. */
final class PercentFormat {

  private static final Pattern CONVERSION =
      Pattern.compile(
          "%(?:\\(([^)]*)\\))?([-+ #0]*)(\\*|\\d{0,9})(?:\\.(\\*|\\d{0,9}))?[hlL]?(.)",
          Pattern.DOTALL);

  private final Budget budget;
  private List<Object> values = List.of();
  private int used;

  PercentFormat(Budget budget) {
    this.budget = budget;
  }

  /** A string, or a marked-up one where the text was. */
  Object format(Object format, Object right) {
    boolean markup = format instanceof Markup;
    String text = String.valueOf(Types.text(format));
    values = right instanceof Tuple(List<Object> items) ? items : List.of(right);
    var out = new StringBuilder();
    Matcher m = CONVERSION.matcher(text);
    int at = 0;
    while (at < text.length()) {
      int percent = text.indexOf('%', at);
      if (percent < 0) {
        break;
      }
      out.append(text, at, percent);
      if (!m.find(percent) || m.start() != percent) {
        throw JinjaException.operation("incomplete format");
      }
      out.append(one(m, right, markup));
      budget.output(out.length());
      at = m.end();
    }
    out.append(text.substring(at));
    if (used < values.size() && !(right instanceof Dict)) {
      throw JinjaException.operation("not all arguments converted during string formatting");
    }
    String made = budget.text(out.toString());
    return markup ? new Markup(made) : made;
  }

  private String one(Matcher m, Object right, boolean markup) {
    char type = m.group(5).charAt(0);
    if (type == '%') {
      return "%";
    }
    String flags = m.group(2);
    long width = star(m.group(3));
    long precision = m.group(4) == null ? -1 : star(m.group(4));
    Object value;
    if (m.group(1) != null) {
      if (!(right instanceof Dict dict)) {
        throw JinjaException.operation("format requires a mapping");
      }
      Object found = dict.get(m.group(1));
      if (found == null) {
        throw JinjaException.operation("there is no key '%s' to format", m.group(1));
      }
      value = found;
    } else {
      value = next();
    }
    boolean number = "diufFeEgGxXo".indexOf(type) >= 0;
    char align = flags.indexOf('-') >= 0 ? '<' : number && flags.indexOf('0') >= 0 ? '=' : '>';
    char sign = flags.indexOf('+') >= 0 ? '+' : flags.indexOf(' ') >= 0 ? ' ' : '-';
    var spec =
        new FormatSpec(
            align == '=' ? "0" : " ",
            align,
            sign,
            flags.indexOf('#') >= 0,
            Math.abs(width),
            "",
            number && "fFeEgG".indexOf(type) < 0 ? -1 : (int) Math.min(precision, 1_000_000),
            type == 'i' || type == 'u' ? 'd' : number ? type : 's');
    return spec.format(converted(type, value, markup), budget);
  }

  private Object converted(char type, Object value, boolean markup) {
    return switch (type) {
      case 's' -> markup ? TextFilters.escaped(value, budget) : Repr.str(value, budget);
      case 'r', 'a' -> Repr.repr(value, budget);
      case 'c' ->
          Types.number(value) instanceof BigInteger point
              ? Character.toString(point.intValue() & 0xFFFFF)
              : Repr.str(value, budget);
      case 'd', 'i', 'u' -> {
        Object number = required(type, value);
        yield number instanceof Double real ? new BigDecimal(real).toBigInteger() : number;
      }
      case 'x', 'X', 'o' -> {
        if (Types.number(value) instanceof BigInteger whole) {
          yield whole;
        }
        throw JinjaException.operation(
            "%%%c format: an integer is required, not %s", type, Types.name(value));
      }
      case 'f', 'F', 'e', 'E', 'g', 'G' -> ((Number) required(type, value)).doubleValue();
      default -> throw JinjaException.operation("unsupported format character '%c'", type);
    };
  }

  private static Object required(char type, Object value) {
    if (!Types.isNumber(value)
        || (value instanceof Double real && !Double.isFinite(real) && "diu".indexOf(type) >= 0)) {
      throw JinjaException.operation(
          "%%%c format: a number is required, not %s", type, Types.name(value));
    }
    return Types.number(value);
  }

  private long star(String written) {
    if (written.equals("*")) {
      return Types.whole(next(), "a width");
    }
    return written.isEmpty() ? 0 : Long.parseLong(written);
  }

  private Object next() {
    if (used >= values.size()) {
      throw JinjaException.operation("not enough arguments for format string");
    }
    return values.get(used++);
  }
}
