package io.compot.chat.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Python's types that Java lacks. Strings are {@link String}, integers {@link
 * java.math.BigInteger}, floats {@link Double}, booleans {@link Boolean}, lists {@link List}.
 */
final class Values {

  private Values() {}

  record Tuple(List<Object> items) {

    static Tuple of(Object... items) {
      return new Tuple(List.of(items));
    }
  }

  /** A string that counts as HTML already; what is added to it is escaped. */
  record Markup(String text) {}

  /** {@code range(start, stop, step)}; {@code size} is bounded by whoever makes one. */
  record Range(long start, long stop, long step, int size) {}

  /** {@code d.items()}, {@code d.keys()}, {@code d.values()}. */
  record DictView(Kind kind, Dict dict) {
    enum Kind {
      ITEMS,
      KEYS,
      VALUES
    }
  }

  /** What can be iterated once: a generator, a reversed list. */
  record Once(String type, Iterator<Object> items) {}

  /** {@code namespace(...)}. */
  record Namespace(Map<String, Object> fields) {}

  /** One group of {@code groupby}: a tuple whose parts have names. */
  record Group(Object grouper, List<Object> list) {}
}
