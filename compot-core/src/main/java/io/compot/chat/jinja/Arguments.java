package io.compot.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values that a function, filter or test is called with.
 *
 * @param named in the order of the call
 */
record Arguments(List<Object> positional, Map<String, Object> named) {

  static final Arguments NONE = new Arguments(List.of(), Map.of());

  static Arguments of(Object... positional) {
    return new Arguments(List.of(positional), Map.of());
  }

  /** The same with one more in front, as a filter sees its value. */
  Arguments behind(Object first) {
    var all = new ArrayList<>();
    all.add(first);
    all.addAll(positional);
    return new Arguments(all, named);
  }

  /**
   * The values by a Python signature.
   *
   * @param parameters names, those with ? at the end may be left out
   * @return as many as there are parameters, null for each left out
   */
  @Nullable Object[] bind(String function, String... parameters) {
    @Nullable Object[] values = new Object[parameters.length];
    if (positional.size() > parameters.length) {
      throw JinjaException.operation(
          "%s() takes %d arguments but %d were given",
          function, parameters.length, positional.size());
    }
    for (int i = 0; i < positional.size(); i++) {
      values[i] = positional.get(i);
    }
    for (var entry : named.entrySet()) {
      int index = index(entry.getKey(), parameters);
      if (index < 0) {
        throw JinjaException.operation(
            "%s() got an unexpected keyword argument '%s'", function, entry.getKey());
      }
      if (values[index] != null) {
        throw JinjaException.operation(
            "%s() got multiple values for argument '%s'", function, entry.getKey());
      }
      values[index] = entry.getValue();
    }
    for (int i = 0; i < parameters.length; i++) {
      if (values[i] == null && !parameters[i].endsWith("?")) {
        throw JinjaException.operation(
            "%s() missing required argument: '%s'", function, parameters[i]);
      }
    }
    return values;
  }

  /** The same of a function that takes no names. */
  @Nullable Object[] bindUnnamed(String function, String... parameters) {
    if (!named.isEmpty()) {
      throw JinjaException.operation("%s() takes no keyword arguments", function);
    }
    return bind(function, parameters);
  }

  private static int index(String name, String[] parameters) {
    for (int i = 0; i < parameters.length; i++) {
      if (parameters[i].equals(name) || parameters[i].equals(name + "?")) {
        return i;
      }
    }
    return -1;
  }

  /** An optional flag. */
  static boolean flag(@Nullable Object value) {
    return value != null && Types.truth(value);
  }

  /** A required text. */
  static String text(@Nullable Object value, String what) {
    String text = value == null ? null : Types.text(value);
    if (text == null) {
      throw JinjaException.operation(
          "%s must be str, not %s", what, value == null ? "NoneType" : Types.name(value));
    }
    return text;
  }

  /** An optional whole number. */
  static long whole(@Nullable Object value, long otherwise, String what) {
    return value == null ? otherwise : Types.whole(value, what);
  }
}
