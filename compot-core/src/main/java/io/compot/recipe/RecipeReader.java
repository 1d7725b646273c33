package io.compot.recipe;

import io.compot.error.InputException;
import io.compot.setting.Kind;
import io.compot.setting.Refused;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.setting.Words;
import io.compot.text.YamlFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Reads recipes; every value is checked at its place in the file. */
final class RecipeReader {

  private static final String CALIBRATION = "calibration";
  private static final String OVERRIDES = "overrides";
  private static final String DTYPE = "dtype";
  private static final List<String> TEXT_KEYS = List.of("file", "sha256");
  private static final String HELP = "see docs/recipes.md";
  private static final String CORRECT = "correct it, or leave the key out for the default";

  private final YamlFields yaml;
  private final SaidSettings said;

  private RecipeReader(YamlFields yaml, SaidSettings said) {
    this.yaml = yaml;
    this.said = said;
  }

  /** Every key that a recipe may have. */
  static List<String> keys() {
    List<String> keys = new ArrayList<>(SaidSettings.names());
    keys.addAll(List.of(CALIBRATION, DTYPE, OVERRIDES));
    return keys;
  }

  /**
   * Says what the file says.
   *
   * @return the element type that it asks for, if it does
   */
  static Optional<String> read(Path file, SaidSettings said) throws InputException {
    YamlFields yaml = YamlFields.read(file, HELP).only(keys());
    new RecipeReader(yaml, said).read();
    return yaml.choice(DTYPE, List.of(Kind.AUTO, "f32", "bf16"));
  }

  private void read() throws InputException {
    choose(SaidSettings.METHOD, Methods.names());
    choose(SaidSettings.ALLOCATION, Allocations.names());
    if (yaml.has(CALIBRATION)) {
      calibration();
    }
    for (String key : yaml.keys()) {
      if (Set.of(SaidSettings.METHOD, SaidSettings.ALLOCATION, CALIBRATION, OVERRIDES, DTYPE)
          .contains(key)) {
        continue;
      }
      said.sayByRecipe(key, written(yaml, key, owner(key)));
    }
    if (yaml.has(OVERRIDES)) {
      overrides();
    }
  }

  private void choose(String key, List<String> names) throws InputException {
    Optional<String> chosen = yaml.choice(key, names);
    if (chosen.isPresent()) {
      said.sayByRecipe(key, chosen.get());
    }
  }

  /** The setting of a key: everybody's, or one that the method or the allocation has. */
  private Setting<?, ?> owner(String key) throws InputException {
    Optional<? extends Setting<?, ?>> general = GeneralSettings.SCHEMA.find(key);
    if (general.isPresent()) {
      return general.get();
    }
    String method = said.methodName();
    boolean ofMethods = Methods.all().stream().anyMatch(each -> each.find(key).isPresent());
    if (ofMethods) {
      return had(yaml, key, "method", schema(Methods.all(), method));
    }
    String allocation = said.allocationName();
    String resolved =
        allocation.equals(Allocations.AUTO)
            ? Methods.all().stream()
                .filter(each -> each.name().equals(method))
                .findFirst()
                .map(each -> each.standard().usualAllocation())
                .orElse(allocation)
            : allocation;
    return had(yaml, key, "allocation", schema(Allocations.all(), resolved));
  }

  private static Schema<?> schema(List<? extends Schema<?>> all, String name) {
    return all.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  private static Setting<?, ?> had(YamlFields from, String key, String what, Schema<?> schema)
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
  private static String written(YamlFields from, String key, Setting<?, ?> setting)
      throws InputException {
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

  /** Calibration files, and the digests that they must have, where one is stated. */
  private void calibration() throws InputException {
    List<Path> texts = new ArrayList<>();
    Map<Path, String> digests = new LinkedHashMap<>();
    for (YamlFields each : yaml.items(CALIBRATION, "file")) {
      String file = each.only(TEXT_KEYS).requiredText("file");
      String digest = each.written("sha256").orElse("");
      if (!digest.matches("|[0-9a-f]{64}")) {
        throw each.refuse("sha256", "expected 64 digits 0-9, a-f");
      }
      if (file.isBlank()) {
        throw each.refuse("file", "this names no file");
      }
      texts.add(each.resolve("file", file));
      if (!digest.isEmpty()) {
        digests.put(each.resolve("file", file), digest);
      }
    }
    said.calibration(texts, digests);
  }

  private void overrides() throws InputException {
    Set<String> ofMethods = new LinkedHashSet<>();
    Methods.all().forEach(each -> ofMethods.addAll(each.names()));
    List<String> keys = new ArrayList<>(List.of("match", "skip", "method", "ratio"));
    keys.addAll(ofMethods);
    keys.add(DTYPE);
    List<ProjectionOverride> all = new ArrayList<>();
    for (YamlFields each : yaml.items(OVERRIDES)) {
      each.only(keys);
      String match = each.requiredText("match");
      if (match.isBlank()) {
        throw each.refuse("match", "is empty", "name projections, e.g. down_proj");
      }
      Map<String, String> settings = new LinkedHashMap<>();
      Optional<String> method = each.choice("method", Methods.names());
      for (String key : each.keys()) {
        if (ofMethods.contains(key)) {
          Schema<?> schema = schema(Methods.all(), method.orElse(said.methodName()));
          // What the method of another override says stays open until projections are known.
          Setting<?, ?> setting =
              method.isPresent() || schema.find(key).isPresent()
                  ? had(each, key, "method", schema)
                  : any(key);
          settings.put(key, written(each, key, setting));
        }
      }
      all.add(
          new ProjectionOverride(
              match, each.flag("skip"), method, ratio(each), settings, dtype(each)));
    }
    said.overrides(all);
  }

  private static Setting<?, ?> any(String key) {
    return Methods.all().stream()
        .flatMap(each -> each.find(key).stream())
        .findFirst()
        .orElseThrow();
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
      throw from.refuse("ratio", "%s is not %s".formatted(written, e.getMessage()), CORRECT);
    }
  }
}
