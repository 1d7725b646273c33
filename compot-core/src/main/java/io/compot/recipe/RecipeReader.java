package io.compot.recipe;

import io.compot.error.InputException;
import io.compot.method.StepKind;
import io.compot.setting.Kind;
import io.compot.setting.Setting;
import io.compot.text.YamlFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads recipes; every value is checked at its place in the file. */
final class RecipeReader {

  private static final String CALIBRATION = "calibration";
  private static final String OVERRIDES = "overrides";
  private static final String DTYPE = "dtype";
  private static final String STEPS = "steps";
  private static final List<String> TEXT_KEYS = List.of("file", "sha256");
  private static final String HELP = "see docs/recipes.md";

  private final YamlFields yaml;
  private final SaidSettings said;

  private RecipeReader(YamlFields yaml, SaidSettings said) {
    this.yaml = yaml;
    this.said = said;
  }

  /** Every key that a recipe may have. */
  static List<String> keys() {
    List<String> keys = new ArrayList<>(SaidSettings.names());
    keys.addAll(List.of(CALIBRATION, DTYPE, OVERRIDES, STEPS));
    return keys;
  }

  /** Those of a step: what calibrates, and with what numbers, is the same for all. */
  private static List<String> stepKeys() {
    List<String> keys = new ArrayList<>(SaidSettings.names());
    keys.add(OVERRIDES);
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
      if (Set.of(SaidSettings.METHOD, SaidSettings.ALLOCATION, CALIBRATION, OVERRIDES, DTYPE, STEPS)
          .contains(key)) {
        continue;
      }
      Setting<?, ?> setting = owner(key);
      String written = SettingReader.written(yaml, key, setting);
      boolean path = setting.kind().namesFile() && !written.strip().equals(Kind.AUTO);
      said.sayByRecipe(key, path ? yaml.resolve(key, written).toString() : written);
    }
    if (yaml.has(OVERRIDES)) {
      if (!yaml.items(STEPS).isEmpty()) {
        throw yaml.refuse(OVERRIDES, "the recipe has steps", "say overrides in one of them");
      }
      said.overrides(OverridesReader.read(yaml, OVERRIDES, said.methodName()));
    }
    if (yaml.has(STEPS)) {
      said.steps(steps());
    }
  }

  /** Steps, each a mapping of its kind to settings of its own. */
  private List<SaidStep> steps() throws InputException {
    List<SaidStep> steps = new ArrayList<>();
    for (YamlFields each : yaml.items(STEPS)) {
      each.only(StepKind.words());
      if (each.keys().size() != 1) {
        throw yaml.refuse(
            STEPS, "a step has %d kinds".formatted(each.keys().size()), "begin each with a dash");
      }
      String word = each.keys().iterator().next();
      var kind = StepKind.valueOf(word.toUpperCase(Locale.ROOT));
      var own = new SaidSettings();
      own.sayByRecipe(SaidSettings.METHOD, kind.usualMethod());
      Optional<YamlFields> fields = each.fields(word);
      if (fields.isPresent()) {
        new RecipeReader(fields.get().only(stepKeys()), own).read();
      }
      steps.add(new SaidStep(kind, own));
    }
    return steps;
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
      return SettingReader.had(yaml, key, "method", SettingReader.schema(Methods.all(), method));
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
    return SettingReader.had(
        yaml, key, "allocation", SettingReader.schema(Allocations.all(), resolved));
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
}
