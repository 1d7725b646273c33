package io.compot.recipe;

import io.compot.calibration.CalibrationSamples;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.method.StepKind;
import io.compot.tensor.Dtype;
import io.compot.text.YamlFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/**
 * A YAML file that says everything that decides a compression's bytes (docs/recipes.md). Keys are
 * the names of the command's options.
 */
public final class Recipe {

  /** The file that an output folder holds. */
  public static final String NAME = "recipe.yaml";

  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
          .disable(YAMLWriteFeature.SPLIT_LINES)
          .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
          .enable(YAMLWriteFeature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .build();

  private static final String HEAD =
      """
      # How this checkpoint was made: "compot compress ORIGINAL -o OUT --recipe recipe.yaml" makes it
      # again, byte for byte.
      """;

  /** Keys that hold for all steps. */
  private static final Set<String> OF_ALL = Set.of("calibration", "dtype");

  private Recipe() {}

  /**
   * Says what a recipe says; what it leaves open stays as it was.
   *
   * @return the element type of the calibration passes that it asks for, if it does
   * @throws InputException naming the file, the line and the key that is unknown or makes no sense
   */
  public static Optional<String> read(Path file, SaidSettings said) throws InputException {
    return RecipeReader.read(file, said);
  }

  /**
   * What a file for several methods says of single projections.
   *
   * @throws InputException naming the file, the line and the key that is unknown or makes no sense
   */
  public static List<ProjectionOverride> overrides(YamlFields from, String key)
      throws InputException {
    return OverridesReader.read(from, key, "");
  }

  /**
   * The value of a setting in a file for several methods: of all compressions, or of any method or
   * allocation.
   *
   * @throws InputException naming the file, the line and the key where the value makes no sense
   */
  public static String setting(YamlFields from, String key) throws InputException {
    return SettingReader.written(from, key, SettingReader.anywhere(key));
  }

  /**
   * The same of one method.
   *
   * @throws InputException also where the method has no such setting
   * @throws UsageException where there is no such method
   */
  public static String setting(YamlFields from, String key, String method)
      throws InputException, UsageException {
    var setting = SettingReader.had(from, key, "method", Methods.named(method));
    return SettingReader.written(from, key, setting);
  }

  /** The keys that a recipe may have. */
  public static List<String> keys() {
    return RecipeReader.keys();
  }

  /**
   * What was done, as a recipe that does it again: every key, with what was left open filled in as
   * far as it depends on the model, and the digests of the texts. The same for each repetition.
   *
   * @param texts the calibration files' digests
   */
  public static String effectiveText(
      CompressionSettings settings,
      @Nullable CalibrationSamples samples,
      Dtype computation,
      Map<Path, String> texts) {
    var all = new LinkedHashMap<String, Object>();
    all.putAll(settings.described());
    List<Map<String, String>> files = new ArrayList<>();
    for (Path file : settings.calibration()) {
      Map<String, String> entry = new LinkedHashMap<>();
      entry.put("file", file.toAbsolutePath().normalize().toString());
      entry.put("sha256", texts.getOrDefault(file, ""));
      files.add(entry);
    }
    all.put("calibration", files);
    if (samples != null) {
      samples.length().ifPresent(length -> all.put("length", length));
    }
    all.put("dtype", computation.name().toLowerCase(Locale.ROOT));
    all.put("overrides", overrides(settings));
    return HEAD + YAML.writeValueAsString(all);
  }

  /**
   * What was done in several steps, as a recipe that does it again.
   *
   * @param kinds of the steps
   * @param recipes of each step, as {@link #effectiveText} writes them
   * @throws FailureException where one cannot be read back
   */
  public static String ofSteps(List<StepKind> kinds, List<Path> recipes) throws FailureException {
    Map<String, Object> all = new LinkedHashMap<>();
    List<Map<String, Object>> steps = new ArrayList<>();
    for (int i = 0; i < kinds.size(); i++) {
      Map<?, ?> read;
      try {
        read = YAML.readValue(Files.readString(recipes.get(i)), Map.class);
      } catch (IOException | JacksonException e) {
        throw new FailureException(recipes.get(i) + ": cannot be read back; run again", e);
      }
      Map<String, Object> step = new LinkedHashMap<>();
      read.forEach((key, value) -> {
        if (OF_ALL.contains(key)) {
          all.putIfAbsent(String.valueOf(key), value);
        } else {
          step.put(String.valueOf(key), value);
        }
      });
      steps.add(Map.of(kinds.get(i).word(), step));
    }
    all.put("steps", steps);
    return HEAD + YAML.writeValueAsString(all);
  }

  /** The overrides as keys and values. */
  public static List<Map<String, Object>> overrides(CompressionSettings settings) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (ProjectionOverride each : settings.overrides()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("match", each.match());
      each.skip().ifPresent(value -> entry.put("skip", value));
      each.method().ifPresent(value -> entry.put("method", value));
      each.ratio().ifPresent(value -> entry.put("ratio", value));
      new TreeMap<>(each.settings()).forEach((name, value) -> entry.put(name, plain(value)));
      each.dtype().ifPresent(value -> entry.put("dtype", value));
      all.add(entry);
    }
    return all;
  }

  /** Numbers as numbers, so that the file reads as one that people write. */
  private static Object plain(String written) {
    try {
      return Double.parseDouble(written);
    } catch (NumberFormatException _) {
      return written;
    }
  }
}
