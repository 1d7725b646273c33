package io.compot.report;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
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

  private static final List<String> ORDER =
      List.of(
          "q_proj",
          "k_proj",
          "v_proj",
          "o_proj",
          "out_proj",
          "gate_proj",
          "up_proj",
          "down_proj",
          "fc1",
          "fc2");

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

  /** Kinds in the order in which a block computes them; unknown ones behind, as they come. */
  static List<String> inOrder(Collection<String> kinds) {
    return kinds.stream()
        .sorted(
            Comparator.comparingInt(kind -> {
              int place = ORDER.indexOf(kind.substring(kind.lastIndexOf('.') + 1));
              return place < 0 ? ORDER.size() : place;
            }))
        .toList();
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
