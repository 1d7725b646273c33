package io.compot.chat.jinja;

import io.compot.chat.jinja.Values.Group;
import io.compot.chat.jinja.Values.Markup;
import io.compot.chat.jinja.Values.Range;
import io.compot.chat.jinja.Values.Tuple;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code ==}, {@code <} and {@code in}. */
final class ValueComparison {

  private final Budget budget;

  ValueComparison(Budget budget) {
    this.budget = budget;
  }

  /** One operator of a comparison. */
  boolean holds(String operator, Object left, Object right) {
    return switch (operator) {
      case "==" -> equal(left, right);
      case "!=" -> !equal(left, right);
      case "in" -> contains(right, left);
      case "not in" -> !contains(right, left);
      default -> ordered(operator, left, right);
    };
  }

  @SuppressWarnings("ReferenceEquality") // what is the same object is equal, as Python has it
  boolean equal(Object one, Object two) {
    Object left = Types.number(one);
    Object right = Types.number(two);
    budget.step();
    if (left instanceof Markup(String text)) {
      left = text;
    }
    if (right instanceof Markup(String text)) {
      right = text;
    }
    if (left == right) {
      return !(left instanceof Double number) || !number.isNaN();
    }
    if (Types.isNumber(left) && Types.isNumber(right)) {
      return numbers(left, right) == 0;
    }
    if (left instanceof String text) {
      return text.equals(right);
    }
    List<?> leftItems = items(left);
    List<?> rightItems = items(right);
    if (leftItems != null && rightItems != null) {
      return left instanceof List == right instanceof List && equalItems(leftItems, rightItems);
    }
    if (left instanceof Dict a && right instanceof Dict b) {
      return equalDicts(a, b);
    }
    if (left instanceof Undefined && right instanceof Undefined) {
      return true;
    }
    return left instanceof Range && left.equals(right);
  }

  private boolean equalItems(List<?> left, List<?> right) {
    if (left.size() != right.size()) {
      return false;
    }
    budget.enter();
    boolean equal = true;
    for (int i = 0; equal && i < left.size(); i++) {
      equal = equal(left.get(i), right.get(i));
    }
    budget.leave();
    return equal;
  }

  private boolean equalDicts(Dict left, Dict right) {
    if (left.size() != right.size()) {
      return false;
    }
    budget.enter();
    boolean equal = true;
    for (Dict.Entry entry : left.entries()) {
      Object other = right.get(entry.key());
      equal = equal && other != null && equal(entry.value(), other);
    }
    budget.leave();
    return equal;
  }

  /** {@code item in container}. */
  boolean contains(Object container, Object item) {
    String text = Types.text(container);
    if (text != null) {
      String part = Types.text(item);
      if (part == null) {
        throw JinjaException.operation(
            "'in <string>' requires string as left operand, not %s", Types.name(item));
      }
      budget.made(text.length());
      return text.contains(part);
    }
    if (container instanceof Dict dict) {
      return dict.has(item);
    }
    for (Iterator<Object> items = Iteration.iterator(container); items.hasNext(); ) {
      if (equal(items.next(), item)) {
        return true;
      }
    }
    return false;
  }

  private boolean ordered(String operator, Object left, Object right) {
    if (Types.isNumber(left)
        && Types.isNumber(right)
        && (Double.isNaN(number(left)) || Double.isNaN(number(right)))) {
      return false;
    }
    int order = order(operator, left, right);
    return switch (operator) {
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      case ">=" -> order >= 0;
      default -> throw new IllegalArgumentException(operator);
    };
  }

  /** Negative where left comes first, for sorting. */
  int order(Object left, Object right) {
    return order("<", left, right);
  }

  private int order(String operator, Object one, Object two) {
    budget.step();
    for (Object side : List.of(one, two)) {
      if (side instanceof Undefined missing) {
        throw missing.error();
      }
    }
    Object left = Types.number(one);
    Object right = Types.number(two);
    if (Types.isNumber(left) && Types.isNumber(right)) {
      return numbers(left, right);
    }
    String a = Types.text(left);
    String b = Types.text(right);
    if (a != null && b != null) {
      budget.made(Math.min(a.length(), b.length()));
      return codePoints(a, b);
    }
    List<?> leftItems = items(left);
    List<?> rightItems = items(right);
    if (leftItems == null || rightItems == null || left instanceof List != right instanceof List) {
      throw JinjaException.operation(
          "'%s' not supported between instances of '%s' and '%s'",
          operator, Types.name(one), Types.name(two));
    }
    budget.enter();
    int order = Integer.compare(leftItems.size(), rightItems.size());
    for (int i = 0; i < Math.min(leftItems.size(), rightItems.size()); i++) {
      if (!equal(leftItems.get(i), rightItems.get(i))) {
        order = order(operator, leftItems.get(i), rightItems.get(i));
        break;
      }
    }
    budget.leave();
    return order;
  }

  private static int codePoints(String a, String b) {
    int mismatch = 0;
    int shared = Math.min(a.length(), b.length());
    while (mismatch < shared && a.charAt(mismatch) == b.charAt(mismatch)) {
      mismatch++;
    }
    if (mismatch == shared) {
      return Integer.compare(a.length(), b.length());
    }
    char left = a.charAt(mismatch);
    char right = b.charAt(mismatch);
    // Halves of pairs stand for code points above all others.
    return Character.isSurrogate(left) == Character.isSurrogate(right)
        ? Character.compare(left, right)
        : Character.isSurrogate(left) ? 1 : -1;
  }

  private static @Nullable List<?> items(Object value) {
    return switch (value) {
      case List<?> list -> list;
      case Tuple(List<Object> items) -> items;
      case Group(Object grouper, List<Object> list) -> List.of(grouper, list);
      default -> null;
    };
  }

  private static double number(Object value) {
    return ((Number) Types.number(value)).doubleValue();
  }

  private static int numbers(Object left, Object right) {
    if (left instanceof BigInteger a && right instanceof BigInteger b) {
      return a.compareTo(b);
    }
    double a = number(left);
    double b = number(right);
    if (Double.isNaN(a) || Double.isNaN(b)) {
      return 1;
    }
    if (left instanceof Double == right instanceof Double
        || Double.isInfinite(a)
        || Double.isInfinite(b)) {
      return a == b ? 0 : Double.compare(a, b);
    }
    return exact(left).compareTo(exact(right));
  }

  private static BigDecimal exact(Object number) {
    return number instanceof BigInteger whole
        ? new BigDecimal(whole)
        : BigDecimal.valueOf(0).add(new BigDecimal((Double) number));
  }
}
