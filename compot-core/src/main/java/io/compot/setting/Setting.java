package io.compot.setting;

import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * One setting of an S. Its name is the only one it has: option, recipe key, report, fingerprint and
 * manual use it.
 *
 * @param name in lower case with hyphens
 * @param kind how its values are written, and their bounds
 * @param help for people: what it does, and what to expect of it
 * @param get its value in an S
 * @param with an S with another value of it
 */
public record Setting<S, T>(
    String name, Kind<T> kind, String help, Function<S, T> get, BiFunction<S, T, S> with) {

  /**
   * An S with this setting as it is written.
   *
   * @throws Refused saying what was expected
   */
  public S set(S owner, String written) throws Refused {
    return with.apply(owner, kind.parse(written));
  }

  /** The value in an S, as it would be written. */
  public String written(S owner) {
    return kind.write(get.apply(owner));
  }

  /** The value in an S, as JSON has it. */
  public Object plain(S owner) {
    return kind.plain(get.apply(owner));
  }
}
