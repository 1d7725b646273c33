package io.compot.comparison;

import io.compot.Compression;
import io.compot.Computation;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.recipe.Methods;
import io.compot.recipe.ProjectionOverride;
import io.compot.recipe.Recipe;
import io.compot.recipe.SaidSettings;
import io.compot.text.Fraction;
import io.compot.text.YamlFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A comparison as one YAML file says it; see {@code docs/comparisons.md}. Relative paths begin at
 * the recipe's folder.
 */
public final class ComparisonRecipe {

  private static final String HELP = "see docs/comparisons.md";

  private static final String OVERRIDES = "overrides";

  /** Lists of what is asked of every method. */
  private static final List<String> SIZES = List.of("ratios", Asked.BITS, Asked.SIZE, Asked.WIDTH);

  private static final List<String> MODEL_KEYS =
      List.of("name", "path", "calibration", "field", "heldout", "window", "windows", "also");

  private static final List<String> METHOD_KEYS =
      List.of("method", "allocations", "ratios", "bits", "size", "width");

  private ComparisonRecipe() {}

  /**
   * Reads a recipe.
   *
   * @throws InputException naming line and key of what is not acceptable
   */
  public static ComparisonSettings read(Path file) throws InputException {
    YamlFields recipe = YamlFields.read(file, HELP).only(keys());
    List<ComparedModel> models = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    for (YamlFields fields : recipe.items("models")) {
      ComparedModel model = model(fields.only(MODEL_KEYS));
      if (!names.add(model.name()) || !model.name().matches("[\\w][\\w.+-]*")) {
        throw fields.refuse(
            "name",
            "'%s' is there twice, or has other than letters, digits and . + - _"
                .formatted(model.name()));
      }
      models.add(model);
    }
    if (models.isEmpty()) {
      throw recipe.refuse("models", "there is none");
    }
    Computation computation = computation(recipe);
    return new ComparisonSettings(
        models,
        cells(recipe, models),
        computation,
        TaskRecipe.read(recipe),
        template(recipe, computation));
  }

  /** Every key that a recipe may have. */
  static List<String> keys() {
    List<String> keys = new ArrayList<>(List.of("models", "methods", "allocations"));
    keys.addAll(SIZES);
    keys.addAll(TaskRecipe.KEYS);
    keys.add("dtype");
    keys.addAll(settings());
    keys.add(OVERRIDES);
    return keys;
  }

  /** Settings that all cells share. */
  private static List<String> settings() {
    List<String> settings = new ArrayList<>(SaidSettings.names());
    settings.removeAll(List.of(SaidSettings.METHOD, SaidSettings.ALLOCATION, "field"));
    settings.removeAll(Asked.SETTINGS);
    return settings;
  }

  private static ComparedModel model(YamlFields fields) throws InputException {
    Path path = fields.resolve("path", fields.requiredText("path"));
    Optional<String> name = fields.text("name");
    return new ComparedModel(
        name.orElse(String.valueOf(path.getFileName())),
        path,
        paths(fields, "calibration"),
        fields.text("field").orElse("text"),
        fields.resolve("heldout", fields.requiredText("heldout")),
        positive(fields, "window"),
        positive(fields, "windows"),
        paths(fields, "also"));
  }

  private static List<Path> paths(YamlFields fields, String key) throws InputException {
    List<Path> paths = new ArrayList<>();
    for (String text : fields.texts(key)) {
      paths.add(fields.resolve(key, text));
    }
    return paths;
  }

  private static List<Cell> cells(YamlFields recipe, List<ComparedModel> models)
      throws InputException {
    List<String> everywhere = recipe.texts("allocations");
    List<Asked> common = asked(recipe, false);
    Set<Cell> cells = new LinkedHashSet<>();
    List<YamlFields> methods = recipe.items("methods", "method");
    boolean found = models.stream().anyMatch(model -> !model.also().isEmpty());
    if (methods.isEmpty() && !found) {
      throw recipe.refuse("methods", "there is none");
    }
    for (ComparedModel model : models) {
      for (YamlFields fields : methods) {
        String method = fields.requiredText("method");
        Map<String, String> settings = own(fields, method);
        List<String> allocations =
            fields.has("allocations") ? fields.texts("allocations") : everywhere;
        List<Asked> own = asked(fields, settings.containsKey(Asked.WIDTH));
        List<Cell> its = List.of();
        try {
          its =
              Cell.of(
                  model.name(),
                  method,
                  allocations.isEmpty() ? List.of(Cell.OWN) : allocations,
                  own.isEmpty() ? common : own);
        } catch (UsageException e) {
          throw fields.refuse("method", String.valueOf(e.getMessage()));
        }
        if (its.isEmpty()) {
          throw recipe.refuse("ratios", "nothing says how small %s is to be".formatted(method));
        }
        its.forEach(cell -> cells.add(cell.with(settings)));
      }
    }
    return List.copyOf(cells);
  }

  /**
   * Settings that a method has in this list alone: of a method whose width is not its size, as of
   * one that makes factors, that too.
   */
  private static Map<String, String> own(YamlFields fields, String method) throws InputException {
    Map<String, String> own = new LinkedHashMap<>();
    List<String> keys = new ArrayList<>(METHOD_KEYS);
    try {
      keys.addAll(Methods.named(method).names());
      for (String key : fields.only(keys).keys()) {
        boolean size = key.equals(Asked.WIDTH) && Asked.isSize(method);
        if (!size && Methods.named(method).find(key).isPresent()) {
          own.put(key, Recipe.setting(fields, key, method));
        }
      }
      return own;
    } catch (UsageException e) {
      throw fields.refuse("method", String.valueOf(e.getMessage()));
    }
  }

  private static List<Asked> asked(YamlFields from, boolean wide) throws InputException {
    List<Asked> asked = new ArrayList<>();
    for (double ratio : from.numbers("ratios")) {
      if (!(ratio > 0 && ratio < 1)) {
        throw from.refuse(
            "ratios",
            "expected fractions of bits to remove, between 0 and 1" + Fraction.hint(ratio));
      }
      asked.add(Asked.ratio(ratio));
    }
    for (String key : wide ? List.of(Asked.BITS) : List.of(Asked.BITS, Asked.WIDTH)) {
      from.numbers(key).forEach(number -> asked.add(new Asked(key, plain(number))));
    }
    from.texts(Asked.SIZE).forEach(size -> asked.add(new Asked(Asked.SIZE, size)));
    return asked;
  }

  /** A whole number as settings of whole numbers take it. */
  private static String plain(double number) {
    return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
  }

  private static Computation computation(YamlFields recipe) throws InputException {
    try {
      return Computation.named(recipe.text("dtype").orElse("auto"));
    } catch (UsageException e) {
      throw recipe.refuse("dtype", e.getMessage());
    }
  }

  private static ComparisonSettings.Template template(YamlFields recipe, Computation computation)
      throws InputException {
    Map<String, String> said = new LinkedHashMap<>();
    for (String key : settings()) {
      if (recipe.has(key)) {
        said.put(key, Recipe.setting(recipe, key));
      }
    }
    ProjectionOverride[] overrides =
        Recipe.overrides(recipe, OVERRIDES).toArray(ProjectionOverride[]::new);
    return model -> {
      var compression =
          Compression.of(model.folder())
              .calibration(model.calibration().toArray(Path[]::new))
              .field(model.field())
              .overrides(overrides)
              .computation(computation);
      said.forEach(compression::set);
      return compression;
    };
  }

  private static OptionalInt positive(YamlFields fields, String key) throws InputException {
    OptionalLong found = fields.whole(key);
    if (found.isEmpty()) {
      return OptionalInt.empty();
    }
    if (found.getAsLong() < 1 || found.getAsLong() > Integer.MAX_VALUE) {
      throw fields.refuse(key, "expected a whole number of at least 1");
    }
    return OptionalInt.of((int) found.getAsLong());
  }
}
