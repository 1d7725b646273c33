package io.compot.recipe;

import io.compot.error.InputException;
import io.compot.setting.Kind;
import io.compot.setting.Refused;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.setting.Words;
import io.compot.text.YamlFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the value of one setting at its place in a file. */
final class SettingReader {

  static final String CORRECT = "correct it, or leave the key out for the default";

  private SettingReader() {}

  static Schema<?> schema(List<? extends Schema<?>> all, String name) {
    return all.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  static Setting<?, ?> had(YamlFields from, String key, String what, Schema<?> schema)
      throws InputException {
    Optional<? extends Setting<?, ?>> found = schema.find(key);
    if (found.isEmpty()) {
      throw from.refuse(
          key,
          "%s %s has no setting %s".formatted(what, schema.name(), key),
          schema.names().isEmpty()
              ? "it has none; drop the key"
              : "it has " + String.join(", ", schema.names()));
    }
    return found.get();
  }

  /** A value as it is written, within the bounds of its kind. */
  static String written(YamlFields from, String key, Setting<?, ?> setting) throws InputException {
    Kind<?> kind = setting.kind();
    if (kind instanceof Kind.Choice<?> choice) {
      return from.choice(key, choice.names()).orElse("");
    }
    if (kind instanceof Words) {
      List<String> words = from.texts(key);
      if (words.stream().anyMatch(String::isBlank)) {
        throw from.refuse(key, "a pattern is empty", "name projections, e.g. down_proj");
      }
      return String.join(",", words);
    }
    String written = from.written(key).orElse("");
    try {
      kind.parse(written);
      return written;
    } catch (Refused e) {
      throw from.refuse(key, "%s is not %s".formatted(written, e.getMessage()), CORRECT);
    }
  }

  /** The first setting of that name, of whatever method. */
  static Setting<?, ?> any(String key) {
    return Methods.all().stream()
        .flatMap(each -> each.find(key).stream())
        .findFirst()
        .orElseThrow();
  }

  /** A setting of that name, of all compressions or of whatever method or allocation. */
  static Setting<?, ?> anywhere(String key) {
    List<Schema<?>> all = new ArrayList<>(List.of(GeneralSettings.SCHEMA));
    all.addAll(Methods.all());
    all.addAll(Allocations.all());
    return all.stream().flatMap(each -> each.find(key).stream()).findFirst().orElseThrow();
  }
}
