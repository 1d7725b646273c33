package io.compot.report;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Where a projection is.
 *
 * @param block its depth in its stack
 * @param kind what it does there, with its stack where there are several
 */
record ProjectionName(int block, String kind) {

  private static final Pattern NUMBER = Pattern.compile("(?<=^|\\.)\\d{1,9}(?=\\.|$)");

  /**
   * The places that a report tells, by the projections' names and in the order in which the model
   * applies them; empty for reports of earlier versions.
   */
  static Map<String, ProjectionName> told(JsonNode report) {
    JsonNode projections = report.path("projections");
    Set<String> stacks = new HashSet<>();
    projections.forEach(each -> stacks.add(each.path("stack").asString("")));
    Map<String, ProjectionName> told = new LinkedHashMap<>();
    for (JsonNode each : projections) {
      String kind = each.path("kind").asString("");
      String shared = each.path("expert").isNumber() ? "experts." + kind : kind;
      String stack = each.path("stack").asString("");
      told.put(
          each.path("name").asString(""),
          new ProjectionName(
              each.path("block").asInt(0), stacks.size() > 1 ? stack + "." + shared : shared));
    }
    return told;
  }

  /**
   * As far as a checkpoint name tells: the first number is the block, the rest the kind, with stars
   * for further numbers such as those of experts.
   */
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
