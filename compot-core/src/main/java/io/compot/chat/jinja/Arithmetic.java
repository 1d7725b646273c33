package io.compot.chat.jinja;

import io.compot.chat.jinja.Values.Markup;
import io.compot.chat.jinja.Values.Tuple;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/** Python's operators on numbers, strings and lists. */
final class Arithmetic {

  private static final int MOST_BITS = 1 << 17;

  private final Budget budget;

  Arithmetic(Budget budget) {
    this.budget = budget;
  }

  Object unary(char sign, Object value) {
    if (value instanceof Undefined missing) {
      throw missing.error();
    }
    return switch (Types.number(value)) {
      case BigInteger number -> sign == '-' ? number.negate() : number;
      case Double number -> sign == '-' ? -number : number;
      default ->
          throw JinjaException.operation(
              "bad operand type for unary %c: '%s'", sign, Types.name(value));
    };
  }

  Object binary(String operator, Object one, Object two) {
    for (Object side : List.of(one, two)) {
      if (side instanceof Undefined missing && !(operator.equals("%") && Types.isString(one))) {
        throw missing.error();
      }
    }
    Object left = Types.number(one);
    Object right = Types.number(two);
    if (left instanceof BigInteger a && right instanceof BigInteger b) {
      return integers(operator, a, b);
    }
    if (Types.isNumber(left) && Types.isNumber(right)) {
      return floats(operator, toDouble(left), toDouble(right));
    }
    if (operator.equals("%") && Types.isString(left)) {
      return new PercentFormat(budget).format(left, right);
    }
    return switch (operator) {
      case "+" -> sum(left, right);
      case "*" -> product(left, right);
      default -> throw unsupported(operator, left, right);
    };
  }

  private static JinjaException unsupported(String operator, Object left, Object right) {
    return JinjaException.operation(
        "unsupported operand type(s) for %s: '%s' and '%s'",
        operator, Types.name(left), Types.name(right));
  }

  private Object sum(Object left, Object right) {
    if (left instanceof Markup || right instanceof Markup) {
      String a = Types.text(left);
      String b = Types.text(right);
      if (a == null || b == null) {
        throw unsupported("+", left, right);
      }
      return new Markup(budget.text(TextFilters.escaped(left) + TextFilters.escaped(right)));
    }
    if (left instanceof String a && right instanceof String b) {
      budget.made((long) a.length() + b.length());
      return a + b;
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      return joined(a, b);
    }
    if (left instanceof Tuple(List<Object> a) && right instanceof Tuple(List<Object> b)) {
      return new Tuple(joined(a, b));
    }
    if (left instanceof String || left instanceof List) {
      String type = Types.name(left);
      throw JinjaException.operation(
          "can only concatenate %s (not \"%s\") to %s", type, Types.name(right), type);
    }
    throw unsupported("+", left, right);
  }

  private List<Object> joined(List<?> a, List<?> b) {
    budget.made(8L * (a.size() + b.size()));
    var all = new ArrayList<Object>(a);
    all.addAll(b);
    return all;
  }

  private Object product(Object left, Object right) {
    if (left instanceof BigInteger && !(right instanceof BigInteger)) {
      return product(right, left);
    }
    boolean repeatable = Types.isString(left) || left instanceof List || left instanceof Tuple;
    if (!repeatable || !(right instanceof BigInteger)) {
      throw unsupported("*", left, right);
    }
    long count = Math.max(0, Types.whole(right, "a count"));
    return switch (left) {
      case String text -> repeat(text, count);
      case Markup(String text) -> new Markup(repeat(text, count));
      case List<?> list -> repeat(list, count);
      case Tuple(List<Object> items) -> new Tuple(repeat(items, count));
      default -> throw unsupported("*", left, right);
    };
  }

  String repeat(String text, long count) {
    budget.made(size(text.length(), count));
    return text.isEmpty() ? "" : text.repeat((int) count);
  }

  private List<Object> repeat(List<?> items, long count) {
    budget.made(8 * size(items.size(), count));
    var all = new ArrayList<>();
    for (long i = 0; i < count && !items.isEmpty(); i++) {
      all.addAll(items);
    }
    return all;
  }

  private static long size(int length, long count) {
    return length == 0 ? 0 : count > Integer.MAX_VALUE ? Long.MAX_VALUE / 16 : length * count;
  }

  private Object integers(String operator, BigInteger a, BigInteger b) {
    return switch (operator) {
      case "+" -> bounded(a.add(b));
      case "-" -> bounded(a.subtract(b));
      case "*" -> {
        bounded((long) a.bitLength() + b.bitLength());
        yield a.multiply(b);
      }
      case "/" -> divide(a, b);
      case "//" -> {
        requireDivisor(b.signum() != 0);
        BigInteger[] both = a.divideAndRemainder(b);
        yield both[1].signum() != 0 && both[1].signum() != b.signum()
            ? both[0].subtract(BigInteger.ONE)
            : both[0];
      }
      case "%" -> {
        requireDivisor(b.signum() != 0);
        BigInteger rest = a.remainder(b);
        yield rest.signum() != 0 && rest.signum() != b.signum() ? rest.add(b) : rest;
      }
      case "**" -> power(a, b);
      default -> throw new IllegalArgumentException(operator);
    };
  }

  private Object power(BigInteger a, BigInteger b) {
    if (b.signum() < 0) {
      requireDivisor(a.signum() != 0);
      return Math.pow(a.doubleValue(), b.doubleValue());
    }
    boolean trivial = a.abs().compareTo(BigInteger.ONE) <= 0;
    if (trivial) {
      return b.signum() == 0 ? BigInteger.ONE : a.signum() < 0 && !b.testBit(0) ? a.negate() : a;
    }
    bounded(b.bitLength() > 31 ? Long.MAX_VALUE : a.bitLength() * b.longValue());
    return a.pow(b.intValueExact());
  }

  private static BigInteger bounded(BigInteger number) {
    bounded(number.bitLength());
    return number;
  }

  private static void bounded(long bits) {
    if (bits > MOST_BITS) {
      throw Budget.limit("an integer of the template has more than %d bits".formatted(MOST_BITS));
    }
  }

  private static double divide(BigInteger a, BigInteger b) {
    requireDivisor(b.signum() != 0);
    if (a.bitLength() <= 53 && b.bitLength() <= 53) {
      return a.doubleValue() / b.doubleValue();
    }
    double quotient =
        new BigDecimal(a).divide(new BigDecimal(b), new MathContext(40)).doubleValue();
    if (Double.isInfinite(quotient)) {
      throw JinjaException.operation("integer division result too large for a float");
    }
    return quotient;
  }

  private static void requireDivisor(boolean usable) {
    if (!usable) {
      throw JinjaException.operation("division by zero");
    }
  }

  private static double toDouble(Object number) {
    double real = ((Number) number).doubleValue();
    if (number instanceof BigInteger && Double.isInfinite(real)) {
      throw JinjaException.operation("int too large to convert to float");
    }
    return real;
  }

  private static Object floats(String operator, double a, double b) {
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> {
        requireDivisor(b != 0);
        yield a / b;
      }
      case "//" -> {
        requireDivisor(b != 0);
        double rest = modulo(a, b);
        yield Math.rint((a - rest) / b);
      }
      case "%" -> {
        requireDivisor(b != 0);
        yield modulo(a, b);
      }
      case "**" -> {
        requireDivisor(a != 0 || b >= 0);
        double power = Math.pow(a, b);
        if (Double.isNaN(power) && !Double.isNaN(a) && !Double.isNaN(b)) {
          throw JinjaException.operation("complex numbers are not available");
        }
        if (Double.isInfinite(power) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
          throw JinjaException.operation("numerical result out of range");
        }
        yield power;
      }
      default -> throw new IllegalArgumentException(operator);
    };
  }

  private static double modulo(double a, double b) {
    double rest = a % b;
    if (rest != 0) {
      return (rest < 0) != (b < 0) ? rest + b : rest;
    }
    return Math.copySign(0, b);
  }
}
