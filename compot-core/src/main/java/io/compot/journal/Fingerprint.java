package io.compot.journal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Everything that decides what work gives: its inputs by digest, its settings, the program's
 * version. Work is resumed only where nothing of it has changed.
 *
 * @param inputs what was read, by name: a change means other files
 * @param settings what was asked for, by name: a change means another request
 */
public record Fingerprint(Map<String, String> inputs, Map<String, String> settings) {

  /** A digest is told by so much of it. */
  private static final int SHOWN = 40;

  public Fingerprint {
    inputs = whole(inputs);
    settings = whole(settings);
  }

  /** A copy in its order; as little as one null in a damaged file, and it is refused. */
  private static Map<String, String> whole(Map<String, String> fields) {
    fields.forEach((name, value) -> {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(value, name);
    });
    return Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** "field (was a, is b)" for every input that differs. */
  List<String> changedInputs(Fingerprint now) {
    return changes(inputs, now.inputs);
  }

  /** "field (was a, is b)" for every setting that differs. */
  List<String> changedSettings(Fingerprint now) {
    return changes(settings, now.settings);
  }

  private static List<String> changes(Map<String, String> before, Map<String, String> now) {
    var names = new LinkedHashSet<>(before.keySet());
    names.addAll(now.keySet());
    List<String> changes = new ArrayList<>();
    for (String name : names) {
      String was = before.getOrDefault(name, "nothing");
      String is = now.getOrDefault(name, "nothing");
      if (!was.equals(is)) {
        changes.add("%s (was %s, is %s)".formatted(name, shortened(was), shortened(is)));
      }
    }
    return changes;
  }

  private static String shortened(String value) {
    return value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "…";
  }
}
