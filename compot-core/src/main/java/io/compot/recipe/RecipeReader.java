package io.compot.recipe;

import io.compot.error.InputException;
import io.compot.text.Fraction;
import io.compot.text.YamlFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.DoublePredicate;

/** Reads recipes; every value is checked at its place in the file. */
final class RecipeReader {

  static final List<String> KEYS =
      List.of(
          "method",
          "allocation",
          "scope",
          "ratio",
          "min-ratio",
          "max-ratio",
          "calibration",
          "field",
          "samples",
          "length",
          "seed",
          "include",
          "exclude",
          "rho",
          "iterations",
          "init",
          "tolerance",
          "momentum",
          "update",
          "dtype",
          "shard-size",
          "overrides");

  private static final List<String> OVERRIDE_KEYS =
      List.of("match", "skip", "method", "ratio", "rho", "dtype");
  private static final List<String> TEXT_KEYS = List.of("file", "sha256");
  private static final String HELP = "see docs/recipes.md";
  private static final String AUTO = "auto";

  private final YamlFields yaml;
  private final CompressionSettings defaults;

  private RecipeReader(YamlFields yaml, CompressionSettings defaults) {
    this.yaml = yaml;
    this.defaults = defaults;
  }

  static Recipe read(Path file, Recipe defaults) throws InputException {
    YamlFields yaml = YamlFields.read(file, HELP).only(KEYS);
    return new Recipe(
        new RecipeReader(yaml, defaults.settings()).settings(),
        yaml.choice("dtype", List.of(AUTO, "f32", "bf16")).orElse(defaults.dtype()));
  }

  private CompressionSettings settings() throws InputException {
    Map<Path, String> digests = new LinkedHashMap<>();
    List<Path> texts = texts(digests);
    boolean given = yaml.has("calibration");
    return new CompressionSettings(
        yaml.choice("method", MethodChoice.NAMES).orElse(defaults.method()),
        yaml.choice("allocation", AllocationChoice.NAMES).orElse(defaults.allocation()),
        yaml.choice("scope", AllocationChoice.SCOPES).orElse(defaults.scope()),
        ratio(yaml).orElse(defaults.ratio()),
        number(yaml, "min-ratio", x -> x >= 0 && x < 1, "a number from 0 to below 1")
            .orElse(defaults.minRatio()),
        maxRatio(),
        given ? texts : defaults.calibration(),
        given ? digests : defaults.digests(),
        yaml.text("field").orElse(defaults.field()),
        count("samples", defaults.samples()),
        count("length", defaults.length()),
        yaml.whole("seed").orElse(defaults.seed()),
        yaml.has("include") ? patterns("include") : defaults.include(),
        yaml.has("exclude") ? patterns("exclude") : defaults.exclude(),
        yaml.has("overrides") ? overrides() : defaults.overrides(),
        rho(yaml).orElse(defaults.rho()),
        count("iterations", defaults.iterations()),
        yaml.choice("init", MethodChoice.INITS).orElse(defaults.init()),
        tolerance(),
        number(yaml, "momentum", x -> x >= 0 && x <= 1, "a number from 0 to 1")
            .orElse(defaults.momentum()),
        yaml.choice("update", MethodChoice.UPDATES).orElse(defaults.update()),
        shardSize());
  }

  /** Calibration files; the digests that they must have, where one is stated, go into the map. */
  private List<Path> texts(Map<Path, String> digests) throws InputException {
    List<Path> texts = new ArrayList<>();
    for (YamlFields each : yaml.items("calibration", "file")) {
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
    return texts;
  }

  private List<ProjectionOverride> overrides() throws InputException {
    List<ProjectionOverride> all = new ArrayList<>();
    for (YamlFields each : yaml.items("overrides")) {
      each.only(OVERRIDE_KEYS);
      String match = each.requiredText("match");
      if (match.isBlank()) {
        throw each.refuse("match", "is empty", "name projections, e.g. down_proj");
      }
      all.add(
          new ProjectionOverride(
              match,
              each.flag("skip"),
              each.choice("method", MethodChoice.NAMES),
              ratio(each),
              rho(each),
              each.choice("dtype", Overrides.DTYPES)));
    }
    return all;
  }

  private List<String> patterns(String key) throws InputException {
    List<String> patterns = yaml.texts(key);
    if (patterns.stream().anyMatch(String::isBlank)) {
      throw yaml.refuse(key, "a pattern is empty", "name projections, e.g. down_proj");
    }
    return patterns;
  }

  private static OptionalDouble ratio(YamlFields from) throws InputException {
    return number(
        from,
        "ratio",
        x -> x > 0 && x < 1,
        "the fraction of bits to remove, between 0 and 1"
            + Fraction.hint(from.number("ratio").orElse(0)));
  }

  private OptionalDouble maxRatio() throws InputException {
    if (yaml.written("max-ratio").orElse("").equals(AUTO)) {
      return OptionalDouble.empty();
    }
    OptionalDouble found =
        number(yaml, "max-ratio", x -> x > 0 && x <= 1, "a number above 0, at most 1, or auto");
    return found.isPresent() ? found : defaults.maxRatio();
  }

  private static OptionalDouble rho(YamlFields from) throws InputException {
    return number(from, "rho", x -> x >= 1, "a number of at least 1 (k/s)");
  }

  private OptionalDouble tolerance() throws InputException {
    OptionalDouble found =
        number(yaml, "tolerance", x -> x >= 0 && x < 1, "a number from 0 to below 1");
    if (found.isEmpty()) {
      return defaults.tolerance();
    }
    return found.getAsDouble() == 0 ? OptionalDouble.empty() : found;
  }

  private static OptionalDouble number(
      YamlFields from, String key, DoublePredicate holds, String expected) throws InputException {
    OptionalDouble found = from.number(key);
    if (found.isPresent() && !holds.test(found.getAsDouble())) {
      throw from.refuse(
          key,
          "%s is not %s".formatted(from.written(key).orElse(""), expected),
          "correct it, or leave the key out for the default");
    }
    return found;
  }

  /** A number of at least 1, or auto. */
  private OptionalInt count(String key, OptionalInt usual) throws InputException {
    if (!yaml.has(key)) {
      return usual;
    }
    if (yaml.written(key).orElse("").equals(AUTO)) {
      return OptionalInt.empty();
    }
    OptionalLong found = yaml.whole(key);
    if (found.orElse(0) < 1 || found.orElse(0) > Integer.MAX_VALUE) {
      throw yaml.refuse(key, "expected a whole number of at least 1, or auto");
    }
    return OptionalInt.of((int) found.orElseThrow());
  }

  private long shardSize() throws InputException {
    String written = yaml.written("shard-size").orElse("");
    if (written.isEmpty()) {
      return defaults.shardSize();
    }
    OptionalLong bytes = Bytes.parse(written);
    if (bytes.isEmpty()) {
      throw yaml.refuse("shard-size", "expected a size such as 5GB or 500MB");
    }
    return bytes.getAsLong();
  }
}
