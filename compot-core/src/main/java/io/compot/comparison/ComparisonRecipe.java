package io.compot.comparison;

import io.compot.Compression;
import io.compot.Computation;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.text.Fraction;
import io.compot.text.YamlFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
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

  private static final List<String> KEYS =
      List.of(
          "models",
          "methods",
          "allocations",
          "ratios",
          "samples",
          "length",
          "seed",
          "dtype",
          "include",
          "exclude");

  private static final List<String> MODEL_KEYS =
      List.of("name", "path", "calibration", "field", "heldout", "window", "windows");

  private static final List<String> METHOD_KEYS = List.of("method", "allocations");

  private ComparisonRecipe() {}

  /**
   * Reads a recipe.
   *
   * @throws InputException naming line and key of what is not acceptable
   */
  public static ComparisonSettings read(Path file) throws InputException {
    YamlFields recipe = YamlFields.read(file, HELP).only(KEYS);
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
    List<Double> ratios = recipe.numbers("ratios");
    if (ratios.isEmpty() || ratios.stream().anyMatch(ratio -> !(ratio > 0 && ratio < 1))) {
      String hint =
          ratios.stream()
              .map(Fraction::hint)
              .filter(each -> !each.isEmpty())
              .findFirst()
              .orElse("");
      throw recipe.refuse("ratios", "expected fractions of bits to remove, between 0 and 1" + hint);
    }
    Computation computation = computation(recipe);
    return new ComparisonSettings(
        models, cells(recipe, models, ratios), computation, template(recipe, computation));
  }

  private static ComparedModel model(YamlFields fields) throws InputException {
    Path path = fields.resolve("path", fields.requiredText("path"));
    Optional<String> name = fields.text("name");
    List<Path> calibration = new ArrayList<>();
    for (String text : fields.texts("calibration")) {
      calibration.add(fields.resolve("calibration", text));
    }
    return new ComparedModel(
        name.orElse(String.valueOf(path.getFileName())),
        path,
        calibration,
        fields.text("field").orElse("text"),
        fields.resolve("heldout", fields.requiredText("heldout")),
        positive(fields, "window"),
        positive(fields, "windows"));
  }

  private static List<Cell> cells(
      YamlFields recipe, List<ComparedModel> models, List<Double> ratios) throws InputException {
    List<String> everywhere = recipe.texts("allocations");
    Set<Cell> cells = new LinkedHashSet<>();
    List<YamlFields> methods = recipe.items("methods", "method");
    if (methods.isEmpty()) {
      throw recipe.refuse("methods", "there is none");
    }
    for (ComparedModel model : models) {
      for (YamlFields fields : methods) {
        String method = fields.only(METHOD_KEYS).requiredText("method");
        List<String> allocations =
            fields.has("allocations") ? fields.texts("allocations") : everywhere;
        for (String allocation : allocations.isEmpty() ? List.of(Cell.OWN) : allocations) {
          ratios.forEach(ratio -> cells.add(Cell.of(model.name(), method, allocation, ratio)));
        }
      }
    }
    return List.copyOf(cells);
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
    OptionalInt samples = positive(recipe, "samples");
    OptionalInt length = positive(recipe, "length");
    OptionalLong seed = recipe.whole("seed");
    String[] include = recipe.texts("include").toArray(String[]::new);
    String[] exclude = recipe.texts("exclude").toArray(String[]::new);
    return model -> {
      var compression =
          Compression.of(model.folder())
              .calibration(model.calibration().toArray(Path[]::new))
              .field(model.field())
              .include(include)
              .exclude(exclude)
              .computation(computation);
      samples.ifPresent(compression::samples);
      length.ifPresent(compression::length);
      seed.ifPresent(compression::seed);
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
