package io.compot.recipe;

import io.compot.calibration.TokenWindows;
import io.compot.error.InputException;
import io.compot.tensor.Dtype;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/**
 * A YAML file that says everything that decides a compression's bytes (docs/recipes.md). Keys are
 * the names of the command's options.
 *
 * @param settings what it says, with what it leaves open as it was before
 * @param dtype element type of the calibration passes: "auto", "f32" or "bf16"
 */
public record Recipe(CompressionSettings settings, String dtype) {

  /** The file that an output folder holds. */
  public static final String NAME = "recipe.yaml";

  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
          .disable(YAMLWriteFeature.SPLIT_LINES)
          .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
          .enable(YAMLWriteFeature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .build();

  /**
   * Reads a recipe.
   *
   * @param defaults for the keys that the file does not have
   * @throws InputException naming the file, the line and the key that is unknown or makes no sense
   */
  public static Recipe read(Path file, Recipe defaults) throws InputException {
    return RecipeReader.read(file, defaults);
  }

  /** The keys that a recipe may have. */
  public static List<String> keys() {
    return RecipeReader.KEYS;
  }

  /**
   * What was done, as a recipe that does it again: every key, with what was left open filled in as
   * far as it depends on the model, and the digests of the texts. The same for each repetition.
   *
   * @param texts the calibration files' digests
   */
  public static String effectiveText(
      CompressionSettings settings,
      @Nullable TokenWindows windows,
      Dtype computation,
      Map<Path, String> texts) {
    var all = new LinkedHashMap<String, Object>();
    all.put("method", settings.method());
    all.put("allocation", settings.allocation());
    all.put("scope", settings.scope());
    all.put("ratio", settings.ratio());
    all.put("min-ratio", settings.minRatio());
    if (settings.maxRatio().isPresent()) {
      all.put("max-ratio", settings.maxRatio().getAsDouble());
    } else {
      all.put("max-ratio", "auto");
    }
    List<Map<String, String>> files = new ArrayList<>();
    for (Path file : settings.calibration()) {
      Map<String, String> entry = new LinkedHashMap<>();
      entry.put("file", file.toAbsolutePath().normalize().toString());
      entry.put("sha256", texts.getOrDefault(file, ""));
      files.add(entry);
    }
    all.put("calibration", files);
    all.put("field", settings.field());
    all.put("samples", word(settings.samples()));
    all.put("length", windows == null ? word(settings.length()) : windows.length());
    all.put("seed", settings.seed());
    all.put("include", settings.include());
    all.put("exclude", settings.exclude());
    all.put("rho", settings.rho());
    all.put("iterations", word(settings.iterations()));
    all.put("init", settings.init());
    all.put("tolerance", settings.tolerance().orElse(0));
    all.put("momentum", settings.momentum());
    all.put("update", settings.update());
    all.put("dtype", computation.name().toLowerCase(Locale.ROOT));
    all.put("shard-size", settings.shardSize());
    all.put("overrides", overrides(settings));
    return """
    # How this checkpoint was made: "compot compress ORIGINAL -o OUT --recipe recipe.yaml" makes it
    # again, byte for byte.
    """
        + YAML.writeValueAsString(all);
  }

  /** The overrides as keys and values. */
  public static List<Map<String, Object>> overrides(CompressionSettings settings) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (ProjectionOverride each : settings.overrides()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("match", each.match());
      each.skip().ifPresent(value -> entry.put("skip", value));
      each.method().ifPresent(value -> entry.put("method", value));
      put(entry, "ratio", each.ratio());
      put(entry, "rho", each.rho());
      each.dtype().ifPresent(value -> entry.put("dtype", value));
      all.add(entry);
    }
    return all;
  }

  private static void put(Map<String, Object> entry, String key, OptionalDouble value) {
    if (value.isPresent()) {
      entry.put(key, value.getAsDouble());
    }
  }

  private static Object word(OptionalInt number) {
    return number.isPresent() ? number.getAsInt() : "auto";
  }
}
