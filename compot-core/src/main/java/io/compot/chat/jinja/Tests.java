package io.compot.chat.jinja;

import static io.compot.chat.jinja.ContainerMethods.given;

import io.compot.chat.jinja.Values.Markup;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The tests by name: {@code value is name(argument)}. */
final class Tests {

  /** A test: its first argument is what stands before {@code is}. */
  @FunctionalInterface
  private interface Test {
    boolean holds(Rendering rendering, Arguments arguments);
  }

  private static final Map<String, Test> BY_NAME = new HashMap<>();

  static {
    plain("defined", value -> !(value instanceof Undefined));
    plain("undefined", value -> value instanceof Undefined);
    plain("none", value -> value == None.NONE);
    plain("boolean", value -> value instanceof Boolean);
    plain("true", value -> value.equals(true));
    plain("false", value -> value.equals(false));
    plain("integer", value -> value instanceof BigInteger);
    plain("float", value -> value instanceof Double);
    plain("number", Types::isNumber);
    plain("string", Types::isString);
    plain("mapping", value -> value instanceof Dict);
    plain("sequence", Types::sequence);
    plain("iterable", Types::iterable);
    plain("callable", Types::callable);
    plain("escaped", value -> value instanceof Markup);
    plain("filter", value -> value instanceof String name && Filters.known(name));
    plain("test", value -> value instanceof String name && known(name));
    BY_NAME.put("lower", (rendering, a) -> Letters.is("islower", rendering.str(only("lower", a))));
    BY_NAME.put("upper", (rendering, a) -> Letters.is("isupper", rendering.str(only("upper", a))));
    BY_NAME.put(
        "odd",
        (rendering, a) -> modulo(rendering, only("odd", a), BigInteger.TWO).equals(BigInteger.ONE));
    BY_NAME.put(
        "even",
        (rendering, a) ->
            modulo(rendering, only("even", a), BigInteger.TWO).equals(BigInteger.ZERO));
    BY_NAME.put(
        "divisibleby",
        (rendering, a) -> {
          @Nullable Object[] v = a.bind("divisibleby", "value", "num");
          return !Types.truth(modulo(rendering, given(v[0]), given(v[1])));
        });
    BY_NAME.put(
        "sameas",
        (_, a) -> {
          @Nullable Object[] v = a.bind("sameas", "value", "other");
          return same(given(v[0]), given(v[1]));
        });
    comparison("in", "in", "in");
    comparison("==", "==", "eq", "equalto");
    comparison("!=", "!=", "ne");
    comparison(">", ">", "gt", "greaterthan");
    comparison(">=", ">=", "ge");
    comparison("<", "<", "lt", "lessthan");
    comparison("<=", "<=", "le");
  }

  private Tests() {}

  static boolean known(String name) {
    return BY_NAME.containsKey(name);
  }

  /** Calls a test by its name. */
  static boolean call(String name, Rendering rendering, Arguments arguments) {
    Test test = BY_NAME.get(name);
    if (test == null) {
      throw JinjaException.operation("there is no test named '%s'", name);
    }
    rendering.budget().step();
    return test.holds(rendering, arguments);
  }

  private static void plain(String name, Predicate<Object> what) {
    BY_NAME.put(name, (_, a) -> what.test(only(name, a)));
  }

  private static Object only(String name, Arguments a) {
    return given(a.bind(name, "value")[0]);
  }

  private static void comparison(String operator, String... names) {
    for (String name : List.of(names)) {
      BY_NAME.put(
          name,
          (rendering, a) -> {
            @Nullable Object[] v = a.bind(name, "value", "other");
            return rendering.comparison().holds(operator, given(v[0]), given(v[1]));
          });
    }
  }

  private static Object modulo(Rendering rendering, Object value, Object by) {
    Object rest = rendering.arithmetic().binary("%", value, by);
    return rest instanceof Double real && real == Math.rint(real)
        ? BigInteger.valueOf(real.longValue())
        : rest;
  }

  @SuppressWarnings("ReferenceEquality") // that is what this test asks
  private static boolean sameObject(Object one, Object two) {
    return one == two;
  }

  /** {@code is}: constants, small integers and short texts exist once in Python. */
  private static boolean same(Object one, Object two) {
    if (one instanceof Boolean || one instanceof BigInteger || one instanceof String) {
      return one.equals(two);
    }
    return sameObject(one, two);
  }
}
