package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.Compression;
import io.compot.allocation.UniformAllocator;
import io.compot.recipe.Allocations;
import io.compot.recipe.Budget;
import io.compot.recipe.Methods;
import io.compot.recipe.Recipe;
import io.compot.setting.Schema;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;

/** Recipes and the options of the command say the same. */
class RecipeOptionTest {

  private static final Path MODEL = Path.of("..", "demo", "model");

  /**
   * Options that do not decide a byte of what is packed, or only by other settings, beside those of
   * how the program talks.
   */
  private static final Set<String> NOT_OF_THE_OUTPUT =
      Set.of("output", "force", "resume", "memory", "eval", "json", "recipe", "quick", "for");

  /** Keys that are no option of the command. */
  private static final Set<String> RECIPE_ALONE = Set.of("overrides", "steps");

  @TempDir private Path folder;

  @Test
  void everyOptionOfCompressHasAKey() {
    CommandLine compress =
        Objects.requireNonNull(
            Main.commandLine(Screen.ofProcess(), false).getSubcommands().get("compress"));
    Set<String> options = names(compress);
    assertThat(options).doesNotContainAnyElementsOf(RECIPE_ALONE);
    options.removeAll(NOT_OF_THE_OUTPUT);
    options.removeAll(names(new CommandLine(new Talk(), compress.getFactory())));
    options.addAll(RECIPE_ALONE);
    assertThat(Recipe.keys()).containsExactlyInAnyOrderElementsOf(options);
  }

  @Test
  void theExamplesOfTheManualAreRecipesAndTheFirstIsAllDefaults() throws Exception {
    Matcher block =
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("..", "docs", "recipes.md")));
    assertThat(block.find()).isTrue();
    Path file = Files.writeString(folder.resolve("all.yaml"), block.group(1));
    assertThat(Compression.of(MODEL).recipe(file).settings())
        .isEqualTo(Compression.of(MODEL).settings());
    String all = "\n" + block.group(1);
    assertThat(Recipe.keys().stream().filter(RecipeOptionTest::isOfTheDefaults))
        .allMatch(key -> all.contains("\n" + key + ": "));
    assertThat(block.find()).isTrue();
    Path second = Files.writeString(folder.resolve("second.yaml"), block.group(1));
    assertThat(Compression.of(MODEL).recipe(second).settings().overrides()).hasSize(4);
    Files.writeString(folder.resolve("stories.txt"), "Once upon a time. ".repeat(400));
    Ran ran = Ran.compot("plan", MODEL, "--recipe", second, "--json");
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("\"svd-llm\"").contains("skipped by an override");
  }

  /** Keys of the general settings, of compot and of its allocation, and of no schema. */
  private static boolean isOfTheDefaults(String key) {
    boolean ofMethods = Methods.all().stream().anyMatch(each -> each.find(key).isPresent());
    boolean ofAllocations = Allocations.all().stream().anyMatch(each -> each.find(key).isPresent());
    return ofMethods
        ? standard("compot").find(key).isPresent()
        : !ofAllocations || UniformAllocator.SCHEMA.find(key).isPresent();
  }

  private static Schema<?> standard(String method) {
    return Methods.all().stream()
        .filter(each -> each.name().equals(method))
        .findFirst()
        .orElseThrow();
  }

  /** The manual's table of settings says what the schemas say. */
  @Test
  void theTableOfTheManualHasEverySetting() throws Exception {
    String manual = Files.readString(Path.of("..", "docs", "recipes.md"));
    for (var schema : Methods.all()) {
      String settings =
          schema.settings().stream()
              .map(each -> "`%s: %s`".formatted(each.name(), schema.usual(each.name())))
              .reduce((a, b) -> a + ", " + b)
              .orElse("–");
      assertThat(manual).contains("| `%s` | %s |".formatted(schema.name(), settings));
    }
    for (var schema : Allocations.all()) {
      String settings =
          schema.settings().stream()
              .map(each -> "`%s: %s`".formatted(each.name(), schema.usual(each.name())))
              .reduce((a, b) -> a + ", " + b)
              .orElse("–");
      assertThat(manual).contains("| `%s` | %s |".formatted(schema.name(), settings));
    }
  }

  @Test
  void optionsOnTheCommandLineOverrideTheRecipe() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("r.yaml"), "ratio: 0.3\nmethod: svd\nseed: 7\nsamples: auto\n");
    var holder = new Holder();
    new CommandLine(holder).parseArgs("--recipe", file.toString(), "--ratio=0.2", "--samples=256");
    var settings = holder.options.of(MODEL).settings();
    assertThat(settings.budget()).isEqualTo(new Budget.Removed(0.2));
    assertThat(settings.general().samples()).hasValue(256);
    assertThat(settings.method().name()).isEqualTo("svd");
    assertThat(settings.seed()).isEqualTo(7);
  }

  @Test
  void aWrongRecipeIsOneLine() throws Exception {
    Path file = Files.writeString(folder.resolve("r.yaml"), "ratio: 0.3\nmetod: svd\n");
    for (List<Object> words :
        List.<List<Object>>of(
            List.of("plan", MODEL, "--recipe", file),
            List.of("compress", MODEL, "-o", folder.resolve("out"), "--recipe", file))) {
      Ran ran = Ran.compot(words.toArray());
      assertThat(ran.code()).isEqualTo(3);
      assertThat(ran.out()).isEmpty();
      assertThat(ran.errLines())
          .singleElement()
          .asString()
          .contains("r.yaml: line 2: metod: there is no such key, did you mean method?");
    }
    Ran none = Ran.compot("plan", MODEL, "--recipe", folder.resolve("none.yaml"));
    assertThat(none.code()).isEqualTo(3);
    assertThat(none.err()).contains("there is no such file");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  private static Set<String> names(CommandLine command) {
    Set<String> names = new TreeSet<>();
    for (OptionSpec option : command.getCommandSpec().options()) {
      names.add(option.longestName().replaceFirst("^-+", ""));
    }
    return names;
  }

  @Command
  @SuppressWarnings("UnusedVariable") // picocli's to fill and to read
  static final class Talk {
    @SuppressWarnings("unused") // picocli fills it in
    @Mixin
    private OutputOptions options;
  }

  @Command(modelTransformer = SettingOptions.All.class)
  @SuppressWarnings("UnusedVariable") // picocli's to fill and to read
  static final class Holder {
    @SuppressWarnings("unused") // picocli fills it in
    @Mixin
    private CompressionOptions options;
  }
}
