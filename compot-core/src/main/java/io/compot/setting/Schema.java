package io.compot.setting;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What may be said of an S, and the S of which nothing is said.
 *
 * @param name by which commands and files know it
 * @param summary a line for people
 * @param standard with every setting's default
 * @param settings in the order in which they are told
 */
public record Schema<S>(String name, String summary, S standard, List<Setting<S, ?>> settings) {

  public Schema {
    settings = List.copyOf(settings);
  }

  /**
   * The S of which this is said.
   *
   * @param said values as they are written, by the names of settings
   * @throws Refused naming the setting, and what was expected or which settings there are
   */
  public S of(Map<String, String> said) throws Refused {
    return over(standard, said);
  }

  /**
   * An S of which more is said.
   *
   * @throws Refused naming the setting, and what was expected or which settings there are
   */
  public S over(S owner, Map<String, String> said) throws Refused {
    S made = owner;
    for (var each : said.entrySet()) {
      made = set(made, each.getKey(), each.getValue());
    }
    return made;
  }

  private S set(S owner, String setting, String written) throws Refused {
    Setting<S, ?> found =
        find(setting)
            .orElseThrow(
                () -> new Refused("%s has no setting %s; it %s".formatted(name, setting, has())));
    try {
      return found.set(owner, written);
    } catch (Refused e) {
      throw new Refused("%s %s is not %s".formatted(setting, written, e.getMessage()));
    }
  }

  private String has() {
    List<String> names = names();
    return names.isEmpty() ? "has none" : "has " + String.join(", ", names);
  }

  /** The setting of a name. */
  public Optional<Setting<S, ?>> find(String setting) {
    return settings.stream().filter(each -> each.name().equals(setting)).findFirst();
  }

  /** The names of all settings. */
  public List<String> names() {
    return settings.stream().<String>map(Setting::name).toList();
  }

  /** The default of a setting that is there, as it is written. */
  public String usual(String setting) {
    return find(setting).orElseThrow().written(standard);
  }

  /** Every setting of an S, as it would be written. */
  public SequencedMap<String, String> describe(S made) {
    SequencedMap<String, String> all = new LinkedHashMap<>();
    settings.forEach(each -> all.put(each.name(), each.written(made)));
    return all;
  }

  /** Every setting of an S, as JSON has it. */
  public SequencedMap<String, Object> plain(S made) {
    SequencedMap<String, Object> all = new LinkedHashMap<>();
    settings.forEach(each -> all.put(each.name(), each.plain(made)));
    return all;
  }
}
