package io.compot.chat.jinja;

import java.util.HashMap;
import java.util.Map;

/** The filters by name. */
final class Filters {

  /** A filter: its first argument is what stands before the bar. */
  @FunctionalInterface
  interface Filter {
    Object apply(Rendering rendering, Arguments arguments);
  }

  private static final Map<String, Filter> BY_NAME = new HashMap<>();

  static {
    TextFilters.register(BY_NAME);
    SequenceFilters.register(BY_NAME);
    SelectionFilters.register(BY_NAME);
    NumberFilters.register(BY_NAME);
  }

  private Filters() {}

  static boolean known(String name) {
    return BY_NAME.containsKey(name);
  }

  /** Calls a filter by its name. */
  static Object call(String name, Rendering rendering, Arguments arguments) {
    Filter filter = BY_NAME.get(name);
    if (filter == null) {
      throw JinjaException.operation("there is no filter named '%s'", name);
    }
    rendering.budget().step();
    return filter.apply(rendering, arguments);
  }
}
