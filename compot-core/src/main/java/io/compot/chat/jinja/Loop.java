package io.compot.chat.jinja;

import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop} inside a for. */
final class Loop {

  private final List<Object> items;
  private final int depth;
  private final ValueComparison comparison;
  private final @Nullable Function recursion;
  private int at = -1;
  private @Nullable List<Object> changed;

  /**
   * @param depth of recursive loops, from 0
   * @param recursion renders the loop's body for other items; null where the loop is not recursive
   */
  Loop(List<Object> items, int depth, ValueComparison comparison, @Nullable Function recursion) {
    this.items = items;
    this.depth = depth;
    this.comparison = comparison;
    this.recursion = recursion;
  }

  /** Goes to the next item. */
  void advance() {
    at++;
  }

  int index() {
    return at + 1;
  }

  int length() {
    return items.size();
  }

  int depth() {
    return depth;
  }

  @Nullable Object attribute(String name) {
    return switch (name) {
      case "index" -> number(at + 1);
      case "index0" -> number(at);
      case "revindex" -> number(items.size() - at);
      case "revindex0" -> number(items.size() - at - 1);
      case "length" -> number(items.size());
      case "first" -> at == 0;
      case "last" -> at == items.size() - 1;
      case "depth" -> number(depth + 1);
      case "depth0" -> number(depth);
      case "previtem" ->
          at > 0 ? items.get(at - 1) : Undefined.because("there is no previous item");
      case "nextitem" ->
          at + 1 < items.size() ? items.get(at + 1) : Undefined.because("there is no next item");
      case "cycle" -> (Function) this::cycle;
      case "changed" -> (Function) arguments -> changed(arguments.positional());
      default -> null;
    };
  }

  private Object cycle(Arguments arguments) {
    List<Object> values = arguments.positional();
    if (values.isEmpty()) {
      throw JinjaException.operation("no items for cycling given");
    }
    return values.get(at % values.size());
  }

  private boolean changed(List<Object> values) {
    boolean same = changed != null && comparison.equal(changed, values);
    changed = values;
    return !same;
  }

  /** {@code loop(items)} of a recursive loop. */
  Object call(Arguments arguments) {
    if (recursion == null) {
      throw JinjaException.operation(
          "the loop must have the 'recursive' marker to be called recursively");
    }
    return recursion.call(arguments);
  }

  private static BigInteger number(int value) {
    return BigInteger.valueOf(value);
  }
}
