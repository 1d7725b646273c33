package io.compot.recipe;

import io.compot.error.InputException;
import io.compot.setting.Refused;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.text.YamlFields;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Reads what holds for single projections. */
final class OverridesReader {

  private static final String DTYPE = "dtype";

  private OverridesReader() {}

  /**
   * Reads them.
   *
   * @param general the name of the method of projections whose override names none; empty where
   *     there are several: then a setting has to be one of any method
   */
  static List<ProjectionOverride> read(YamlFields yaml, String key, String general)
      throws InputException {
    Set<String> ofMethods = new LinkedHashSet<>();
    Methods.all().forEach(each -> ofMethods.addAll(each.names()));
    List<String> keys = new ArrayList<>(List.of("match", "skip", "method", "ratio"));
    keys.addAll(ofMethods);
    keys.add(DTYPE);
    List<ProjectionOverride> all = new ArrayList<>();
    for (YamlFields each : yaml.items(key)) {
      each.only(keys);
      String match = each.requiredText("match");
      if (match.isBlank()) {
        throw each.refuse("match", "is empty", "name projections, e.g. down_proj");
      }
      Map<String, String> settings = new LinkedHashMap<>();
      Optional<String> method = each.choice("method", Methods.names());
      for (String name : each.keys()) {
        if (ofMethods.contains(name)) {
          settings.put(
              name,
              SettingReader.written(
                  each, name, setting(each, name, method.isPresent(), method.orElse(general))));
        }
      }
      all.add(
          new ProjectionOverride(
              match, each.flag("skip"), method, ratio(each), settings, dtype(each)));
    }
    return all;
  }

  private static Setting<?, ?> setting(YamlFields from, String key, boolean own, String method)
      throws InputException {
    if (method.isEmpty()) {
      return SettingReader.any(key);
    }
    Schema<?> schema = SettingReader.schema(Methods.all(), method);
    // What the method of another override says stays open until projections are known.
    return own || schema.find(key).isPresent()
        ? SettingReader.had(from, key, "method", schema)
        : SettingReader.any(key);
  }

  private static Optional<String> dtype(YamlFields from) throws InputException {
    return from.choice(DTYPE, Overrides.DTYPES);
  }

  private static OptionalDouble ratio(YamlFields from) throws InputException {
    if (!from.has("ratio")) {
      return OptionalDouble.empty();
    }
    from.number("ratio");
    String written = from.written("ratio").orElse("");
    try {
      return OptionalDouble.of(new Removed().parse(written));
    } catch (Refused e) {
      throw from.refuse(
          "ratio", "%s is not %s".formatted(written, e.getMessage()), SettingReader.CORRECT);
    }
  }
}
