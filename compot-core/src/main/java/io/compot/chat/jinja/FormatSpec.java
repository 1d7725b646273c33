package io.compot.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Python's format specification for strings and numbers: {@code [[fill]align][sign][#][0][width][,]
 * [.precision][type]}.
 *
 * @param fill one character
 * @param align one of {@code < > ^ =}, or a space where none is given
 * @param sign one of {@code + -} and space
 * @param precision -1 where none is given
 * @param type a letter, or a space where none is given
 */
record FormatSpec(
    String fill,
    char align,
    char sign,
    boolean alternate,
    long width,
    String grouping,
    int precision,
    char type) {

  private static final Pattern SYNTAX =
      Pattern.compile(
          "(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\\d+)?([,_])?(?:\\.(\\d+))?([a-zA-Z%])?",
          Pattern.DOTALL);

  private static final int MOST_DIGITS = 1000;

  static FormatSpec parse(String text) {
    Matcher m = SYNTAX.matcher(text);
    if (!m.matches()
        || (m.group(6) != null && m.group(6).length() > 9)
        || (m.group(8) != null && m.group(8).length() > 9)) {
      throw JinjaException.operation("invalid format specifier '%s'", text);
    }
    boolean zero = m.group(5) != null;
    String fill = m.group(1) == null ? zero && m.group(2) == null ? "0" : " " : m.group(1);
    char align = m.group(2) == null ? zero ? '=' : ' ' : m.group(2).charAt(0);
    return new FormatSpec(
        fill,
        align,
        m.group(3) == null ? '-' : m.group(3).charAt(0),
        m.group(4) != null,
        m.group(6) == null ? 0 : Long.parseLong(m.group(6)),
        m.group(7) == null ? "" : m.group(7),
        m.group(8) == null ? -1 : Integer.parseInt(m.group(8)),
        m.group(9) == null ? ' ' : m.group(9).charAt(0));
  }

  /** {@code format(value, spec)}. */
  String format(Object value, Budget budget) {
    Object number = Types.number(value);
    if (value instanceof Boolean && type == ' ') {
      return string(Repr.str(value, budget), budget);
    }
    if (number instanceof BigInteger whole && "eEfFgG%".indexOf(type) < 0) {
      return integer(whole, budget);
    }
    if (Types.isNumber(number)) {
      return real(((Number) number).doubleValue(), budget);
    }
    String text = Types.text(value);
    if (text == null) {
      if (!equals(parse(""))) {
        throw JinjaException.operation(
            "unsupported format string passed to %s.__format__", Types.name(value));
      }
      return Repr.str(value, budget);
    }
    return string(text, budget);
  }

  private String string(String text, Budget budget) {
    if (type != ' ' && type != 's') {
      throw unknown("str");
    }
    String cut = text;
    if (precision >= 0 && precision < Types.length(text)) {
      cut = text.substring(0, text.offsetByCodePoints(0, precision));
    }
    return padded("", cut, align == ' ' ? '<' : align, budget);
  }

  private String integer(BigInteger number, Budget budget) {
    String prefix = "";
    String digits =
        switch (type) {
          case ' ', 'd', 'n' -> Repr.integer(number.abs());
          case 'x', 'X' -> {
            prefix = "0" + type;
            String hex = number.abs().toString(16);
            yield type == 'X' ? hex.toUpperCase(Locale.ROOT) : hex;
          }
          case 'o' -> {
            prefix = "0o";
            yield number.abs().toString(8);
          }
          case 'b' -> {
            prefix = "0b";
            yield number.abs().toString(2);
          }
          case 'c' -> Character.toString(number.intValue() & 0xFFFFF);
          default -> throw unknown("int");
        };
    if (precision >= 0) {
      throw JinjaException.operation("precision not allowed in integer format specifier");
    }
    String head = signOf(number.signum() < 0) + (alternate ? prefix : "");
    return padded(head, grouped(digits, ""), align == ' ' ? '>' : align, budget);
  }

  private String real(double number, Budget budget) {
    boolean negative = Double.compare(number, 0) < 0;
    double magnitude = Math.abs(number);
    String text;
    if (!Double.isFinite(number)) {
      text = Double.isNaN(number) ? "nan" : "inf";
      text = Character.isUpperCase(type) ? text.toUpperCase(Locale.ROOT) : text;
      text += type == '%' ? "%" : "";
    } else {
      text =
          switch (type) {
            case ' ' ->
                precision < 0 ? Floats.repr(magnitude) : general(magnitude, precision, true);
            case 'f', 'F' -> fixed(magnitude, digits());
            case 'e', 'E' -> exponent(magnitude, digits());
            case 'g', 'G', 'n' -> general(magnitude, digits(), false);
            case '%' -> fixed(magnitude * 100, digits()) + "%";
            default -> throw unknown("float");
          };
      text = type == 'E' || type == 'G' ? text.toUpperCase(Locale.ROOT) : text;
      int point = text.indexOf('.');
      if (!grouping.isEmpty()) {
        text =
            grouped(
                point < 0 ? text : text.substring(0, point),
                point < 0 ? "" : text.substring(point));
      }
    }
    return padded(signOf(negative), text, align == ' ' ? '>' : align, budget);
  }

  private int digits() {
    if (precision > MOST_DIGITS) {
      throw Budget.limit("a number is formatted to more than " + MOST_DIGITS + " digits");
    }
    return precision < 0 ? 6 : precision;
  }

  static String fixed(double magnitude, int digits) {
    return new BigDecimal(magnitude).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static String exponent(double magnitude, int digits) {
    var rounded =
        new BigDecimal(magnitude).round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
    int power = magnitude == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
    var mantissa = magnitude == 0 ? BigDecimal.ZERO : rounded.scaleByPowerOfTen(-power);
    return "%se%s%02d"
        .formatted(
            mantissa.setScale(digits, RoundingMode.HALF_EVEN).toPlainString(),
            power < 0 ? "-" : "+",
            Math.abs(power));
  }

  private String general(double magnitude, int digits, boolean keepsPoint) {
    int significant = Math.max(1, Math.min(digits, MOST_DIGITS));
    var rounded =
        new BigDecimal(magnitude).round(new MathContext(significant, RoundingMode.HALF_EVEN));
    int power = magnitude == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
    boolean scientific = power < -4 || power >= (keepsPoint ? significant - 1 : significant);
    String text =
        scientific
            ? exponent(magnitude, significant - 1)
            : fixed(rounded.doubleValue(), Math.max(0, significant - 1 - power));
    if (alternate) {
      return text;
    }
    int end = text.indexOf('e') < 0 ? text.length() : text.indexOf('e');
    String mantissa = text.substring(0, end);
    if (mantissa.indexOf('.') >= 0) {
      mantissa = mantissa.replaceAll("0+$", "").replaceAll("\\.$", "");
    }
    if (keepsPoint && !scientific && mantissa.indexOf('.') < 0) {
      mantissa += ".0";
    }
    return mantissa + text.substring(end);
  }

  private String signOf(boolean negative) {
    return negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
  }

  private String grouped(String digits, String rest) {
    if (grouping.isEmpty()) {
      return digits + rest;
    }
    int size = "xXob".indexOf(type) >= 0 ? 4 : 3;
    var out = new StringBuilder();
    for (int i = 0; i < digits.length(); i++) {
      if (i > 0 && (digits.length() - i) % size == 0) {
        out.append(grouping);
      }
      out.append(digits.charAt(i));
    }
    return out + rest;
  }

  private String padded(String head, String body, char how, Budget budget) {
    long missing = Math.max(0, width - Types.length(head) - Types.length(body));
    var arithmetic = new Arithmetic(budget);
    String padding = arithmetic.repeat(fill, how == '^' ? missing / 2 : missing);
    return budget.text(
        switch (how) {
          case '<' -> head + body + padding;
          case '^' -> padding + head + body + arithmetic.repeat(fill, missing - missing / 2);
          case '=' -> head + padding + body;
          default -> padding + head + body;
        });
  }

  private JinjaException unknown(String type) {
    return JinjaException.operation(
        "unknown format code '%c' for object of type '%s'", this.type, type);
  }
}
