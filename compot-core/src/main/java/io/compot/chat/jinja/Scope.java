package io.compot.chat.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The names that are known at a place: what is set there, then those around it. */
final class Scope {

  private final @Nullable Scope outer;
  private final Map<String, Object> names = new HashMap<>();

  private Scope(@Nullable Scope outer) {
    this.outer = outer;
  }

  /** One with nothing around it. */
  static Scope root(Map<String, Object> names) {
    var scope = new Scope(null);
    scope.names.putAll(names);
    return scope;
  }

  /** A new one inside this one. */
  Scope inner() {
    return new Scope(this);
  }

  void set(String name, Object value) {
    names.put(name, value);
  }

  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      Object value = scope.names.get(name);
      if (value != null) {
        return value;
      }
    }
    return Undefined.name(name);
  }
}
