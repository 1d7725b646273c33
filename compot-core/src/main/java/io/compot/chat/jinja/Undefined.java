package io.compot.chat.jinja;

import io.compot.chat.jinja.JinjaException.Kind;

/**
 * A value that is not there. It prints nothing, is false and empty; whatever else is done with it
 * is an error.
 *
 * @param why what the error says
 * @param kind of the error
 */
record Undefined(String why, Kind kind) {

  static Undefined name(String name) {
    return new Undefined("'" + name + "' is undefined", Kind.UNDEFINED);
  }

  static Undefined because(String why) {
    return new Undefined(why, Kind.UNDEFINED);
  }

  /** An attribute or item that a value lacks. */
  static Undefined of(Object owner, Object key) {
    return because(
        "'%s object' has no attribute %s".formatted(Types.name(owner), Repr.shortOf(key)));
  }

  /** What the sandbox does not give out. */
  static Undefined unsafe(Object owner, String name) {
    return new Undefined(
        "access to attribute '%s' of '%s' object is unsafe".formatted(name, Types.name(owner)),
        Kind.SECURITY);
  }

  JinjaException error() {
    return new JinjaException(kind, why);
  }
}
