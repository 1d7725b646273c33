package io.compot.report;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where a projection is, read from its checkpoint name.
 *
 * @param block its depth; 0 where the name has no number
 * @param kind the rest of the name, with stars for further numbers such as those of experts
 */
record ProjectionName(int block, String kind) {

  private static final Pattern NUMBER = Pattern.compile("(?<=^|\\.)\\d{1,9}(?=\\.|$)");

  static ProjectionName of(String name) {
    var number = NUMBER.matcher(name);
    if (!number.find()) {
      return new ProjectionName(0, name);
    }
    String rest = name.substring(Math.min(name.length(), number.end() + 1));
    return new ProjectionName(
        Integer.parseInt(number.group()), NUMBER.matcher(rest).replaceAll("*"));
  }

  /** Kinds without what goes before the last dot, as far as they stay apart. */
  static Map<String, String> shortened(Collection<String> kinds) {
    Map<String, String> shorter = new HashMap<>();
    kinds.forEach(kind -> shorter.put(kind, kind.substring(kind.lastIndexOf('.') + 1)));
    Set<String> distinct = new HashSet<>(shorter.values());
    if (distinct.size() < new HashSet<>(kinds).size()) {
      kinds.forEach(kind -> shorter.put(kind, kind));
    }
    return shorter;
  }
}
