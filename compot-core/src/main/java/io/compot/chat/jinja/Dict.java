package io.compot.chat.jinja;

import io.compot.chat.jinja.Values.Group;
import io.compot.chat.jinja.Values.Markup;
import io.compot.chat.jinja.Values.Tuple;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's dict: in order of insertion; 1, 1.0 and true are the same key. */
final class Dict {

  /** Key and value as they were put in. */
  record Entry(Object key, Object value) {}

  private final Map<Object, Entry> entries = new LinkedHashMap<>();

  void put(Object key, Object value) {
    Object hashed = hashed(key);
    Entry before = entries.get(hashed);
    entries.put(hashed, new Entry(before == null ? key : before.key(), value));
  }

  @Nullable Object get(Object key) {
    Entry entry = entries.get(hashed(key));
    return entry == null ? null : entry.value();
  }

  boolean has(Object key) {
    return entries.containsKey(hashed(key));
  }

  int size() {
    return entries.size();
  }

  /** In order. */
  Iterable<Entry> entries() {
    return entries.values();
  }

  List<Object> keys() {
    var keys = new ArrayList<>();
    entries.values().forEach(entry -> keys.add(entry.key()));
    return keys;
  }

  Dict copy() {
    var copy = new Dict();
    copy.entries.putAll(entries);
    return copy;
  }

  /** A Java value that is equal for keys that are equal in Python. */
  static Object hashed(Object key) {
    return hashed(key, 0);
  }

  private static Object hashed(Object key, int depth) {
    if (depth > 50) {
      throw Budget.limit("a key is nested more than 50 deep");
    }
    return switch (key) {
      case Boolean flag -> flag ? BigInteger.ONE : BigInteger.ZERO;
      case Double real when real == Math.rint(real) && !Double.isInfinite(real) ->
          new BigDecimal(real).toBigInteger();
      case Markup(String text) -> text;
      case Tuple(List<Object> items) -> {
        var parts = new ArrayList<>();
        items.forEach(item -> parts.add(hashed(item, depth + 1)));
        yield new Tuple(parts);
      }
      case Undefined _ -> Undefined.class;
      case List<?> _, Dict _, Group _ ->
          throw JinjaException.operation("unhashable type: '%s'", Types.name(key));
      default -> key;
    };
  }
}
