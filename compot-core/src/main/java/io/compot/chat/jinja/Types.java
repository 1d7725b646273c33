package io.compot.chat.jinja;

import io.compot.chat.jinja.Values.DictView;
import io.compot.chat.jinja.Values.Group;
import io.compot.chat.jinja.Values.Markup;
import io.compot.chat.jinja.Values.Namespace;
import io.compot.chat.jinja.Values.Once;
import io.compot.chat.jinja.Values.Range;
import io.compot.chat.jinja.Values.Tuple;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What kind of value something is, whether it is true, how long it is. */
final class Types {

  private Types() {}

  /** {@code type(value).__name__}. */
  static String name(Object value) {
    return switch (value) {
      case String _ -> "str";
      case Boolean _ -> "bool";
      case BigInteger _ -> "int";
      case Double _ -> "float";
      case None _ -> "NoneType";
      case List<?> _ -> "list";
      case Tuple _, Group _ -> "tuple";
      case Dict _ -> "dict";
      case Undefined _ -> "Undefined";
      case Markup _ -> "Markup";
      case Range _ -> "range";
      case DictView view -> "dict_" + view.kind().name().toLowerCase(Locale.ROOT);
      case Once once -> once.type();
      case Namespace _ -> "Namespace";
      case Loop _ -> "LoopContext";
      case Macro _ -> "Macro";
      case Function _ -> "function";
      default -> value.getClass().getSimpleName();
    };
  }

  /** The text of a string, marked up or not; null of anything else. */
  static @Nullable String text(Object value) {
    return switch (value) {
      case String text -> text;
      case Markup(String text) -> text;
      default -> null;
    };
  }

  static boolean isString(Object value) {
    return value instanceof String || value instanceof Markup;
  }

  /** {@code bool(value)}. */
  static boolean truth(Object value) {
    return switch (value) {
      case Boolean flag -> flag;
      case String text -> !text.isEmpty();
      case Markup(String text) -> !text.isEmpty();
      case BigInteger number -> number.signum() != 0;
      case Double number -> number != 0;
      case None _, Undefined _ -> false;
      case List<?> list -> !list.isEmpty();
      case Tuple(List<Object> items) -> !items.isEmpty();
      case Dict dict -> dict.size() > 0;
      case Range range -> range.size() > 0;
      case DictView view -> view.dict().size() > 0;
      default -> true;
    };
  }

  /** {@code len(value)}. */
  static int length(Object value) {
    return switch (value) {
      case String text -> text.codePointCount(0, text.length());
      case Markup(String text) -> text.codePointCount(0, text.length());
      case List<?> list -> list.size();
      case Tuple(List<Object> items) -> items.size();
      case Group _ -> 2;
      case Dict dict -> dict.size();
      case DictView view -> view.dict().size();
      case Range range -> range.size();
      case Undefined _ -> 0;
      case Loop loop -> loop.length();
      default -> throw JinjaException.operation("object of type '%s' has no len()", name(value));
    };
  }

  static boolean iterable(Object value) {
    return switch (value) {
      case Boolean _, BigInteger _, Double _, None _, Namespace _, Macro _, Function _ -> false;
      default -> true;
    };
  }

  /** Has a length and items. */
  static boolean sequence(Object value) {
    return switch (value) {
      case String _, Markup _, List<?> _, Tuple _, Group _, Dict _, Range _, Undefined _ -> true;
      default -> false;
    };
  }

  static boolean callable(Object value) {
    return value instanceof Function || value instanceof Undefined || value instanceof Loop;
  }

  /** A boolean as the integer that it is in Python; anything else as it is. */
  static Object number(Object value) {
    return value instanceof Boolean flag ? (flag ? BigInteger.ONE : BigInteger.ZERO) : value;
  }

  static boolean isNumber(Object value) {
    return value instanceof Boolean || value instanceof BigInteger || value instanceof Double;
  }

  /** An index or count: an int that fits a Java long, cut to it where it is larger. */
  static long whole(Object value, String what) {
    if (number(value) instanceof BigInteger number) {
      return number.bitLength() < 63
          ? number.longValue()
          : number.signum() < 0 ? Long.MIN_VALUE / 2 : Long.MAX_VALUE / 2;
    }
    if (value instanceof Undefined missing) {
      throw missing.error();
    }
    throw JinjaException.operation("%s must be an integer, not %s", what, name(value));
  }
}
