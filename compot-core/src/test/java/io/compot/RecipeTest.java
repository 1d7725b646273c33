package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.allocation.AllocationSettings;
import io.compot.allocation.Guards;
import io.compot.allocation.PooledAllocator;
import io.compot.allocation.PoolingScope;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.evaluation.PerplexityOptions;
import io.compot.method.CompressionMethod;
import io.compot.method.quantised.RoundedFactors;
import io.compot.method.sparse.CompotMethod;
import io.compot.method.sparse.Initialisation;
import io.compot.method.sparse.RocketMethod;
import io.compot.plan.Plan;
import io.compot.plan.PlannedProjection;
import io.compot.progress.ProgressListener;
import io.compot.recipe.Allocations;
import io.compot.recipe.Budget;
import io.compot.recipe.CompressionSettings;
import io.compot.recipe.GeneralSettings;
import io.compot.recipe.Methods;
import io.compot.recipe.ProjectionOverride;
import io.compot.recipe.Recipe;
import io.compot.result.CompressionReport;
import io.compot.result.LayerReport;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.tensor.Dtype;
import io.compot.testing.OtherValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Recipes: what they say is done, what was done is said, and done again gives the same bytes. */
class RecipeTest {

  private static final String OVERRIDES =
      """
      overrides:
        - match: down_proj
          ratio: 0.1
        - match: "layers.0.self_attn.*"
          skip: true
        - match: v_proj
          skip: false
          dtype: bf16
          ratio: 0.6
      """;

  @TempDir private Path folder;

  private Path model;
  private Path text;

  @BeforeEach
  void findMaterial() throws Exception {
    Path demo = Path.of("..", "demo");
    model = demo.resolve("model");
    Files.createDirectories(folder.resolve("in"));
    text = folder.resolve("in").resolve("stories.txt");
    Files.writeString(text, Files.readString(demo.resolve("calibration.txt")).substring(0, 12_000));
  }

  /** With few rounds, where the method that the recipe names has any. */
  private Path recipe(String yaml) throws Exception {
    String rounds = yaml.matches("(?s)method: svd.*") ? "field: text" : "iterations: 2";
    return Files.writeString(
        folder.resolve("in").resolve("my.yaml"),
        "calibration: stories.txt\nsamples: 8\nlength: 32\n" + rounds + "\n" + yaml);
  }

  private Compression compression(String yaml) throws Exception {
    return Compression.of(model).recipe(recipe(yaml));
  }

  @ParameterizedTest
  @CsvSource({"compot,uniform", "svd-llm,pooled", "compot+,auto"})
  void compressingAgainFromTheOutputsRecipeGivesTheSameBytes(String method, String allocation)
      throws Exception {
    String yaml =
        "method: %s\nallocation: %s\nratio: 0.3\n".formatted(method, allocation) + OVERRIDES;
    Path first = folder.resolve("first");
    CompressionReport report = compression(yaml).output(first).run();
    Path second = folder.resolve("elsewhere").resolve("second");
    Compression.of(model).recipe(first.resolve(Recipe.NAME)).output(second).run();
    Map<String, Object> expected = contents(first);
    Map<String, Object> found = contents(second);
    assertThat(found.keySet()).isEqualTo(expected.keySet()).contains("recipe.yaml");
    found.forEach(
        (name, content) -> assertThat(content.equals(expected.get(name))).as(name).isTrue());
    assertThat(report.settings()).containsKey("overrides");
    assertThat(report.notes()).anyMatch(note -> note.contains("a ratio of their own"));

    long onDisk = 0;
    for (LayerReport layer : report.layers()) {
      onDisk += layer.bits();
      if (layer.name().endsWith("down_proj")) {
        assertThat(layer.ratio()).isBetween(0.1, 0.13);
      }
      if (layer.name().endsWith("v_proj")) {
        assertThat(layer.ratio()).isBetween(0.6, 0.63);
      }
    }
    // What an allocation leaves dense still shares the budget; what an override skips does not.
    long leftDense =
        report.plan().projections().stream()
            .filter(each -> each.chosen() && !each.compressed())
            .mapToLong(PlannedProjection::bitsBefore)
            .sum();
    assertThat(onDisk + leftDense).isEqualTo(report.bits().projections().after());
    assertThat(
            report.dense().entrySet().stream()
                .filter(each -> each.getValue().equals("skipped by an override"))
                .map(Map.Entry::getKey))
        .containsExactlyInAnyOrder(
            "model.layers.0.self_attn.q_proj",
            "model.layers.0.self_attn.k_proj",
            "model.layers.0.self_attn.o_proj");
    assertThat(ModelSummary.of(first).bytes() * 8).isEqualTo(report.bits().model().after());
    try (Model loaded = Model.load(first)) {
      var options = PerplexityOptions.defaults().withWindow(64);
      assertThat(loaded.evaluate(text, options, ProgressListener.none()).value())
          .isBetween(5.0, 60.0);
    }
  }

  /** Every file's content; of the report without its times. */
  private static Map<String, Object> contents(Path output) throws Exception {
    var contents = new TreeMap<String, Object>();
    try (Stream<Path> files = Files.list(output)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.equals("compression-report.json")) {
          JsonNode report = JsonMapper.shared().readTree(Files.readString(file));
          ((ObjectNode) report).remove("run");
          report.get("layers").forEach(layer -> ((ObjectNode) layer).remove("seconds"));
          contents.put(name, report);
        } else if (name.equals("report.html")) {
          String page = Files.readString(file);
          contents.put(name, page.replaceFirst("(?s)id=\"run\">.*?</script>", ""));
        } else {
          byte[] bytes = Files.readAllBytes(file);
          contents.put(name, List.of(bytes.length, Arrays.hashCode(bytes)));
        }
      }
    }
    return contents;
  }

  @ParameterizedTest
  @ValueSource(strings = {"uniform", "pooled", "svd-llm-v2", "knapsack", "damage"})
  void everyAllocationSplitsWhatIsLeft(String allocation) throws Exception {
    Plan plan =
        compression(
                "ratio: 0.4\nallocation: "
                    + allocation
                    + "\n"
                    + OVERRIDES
                    + "  - {match: self_attn, method: svd-llm}\n")
            .plan();
    long before = 0;
    long after = 0;
    for (PlannedProjection each : plan.projections()) {
      boolean fixed = each.name().matches(".*(down|v)_proj");
      if (!fixed && each.chosen()) {
        before += each.bitsBefore();
        after += each.bitsAfter();
      }
      assertThat(each.method())
          .isEqualTo(each.name().contains("self_attn") && each.chosen() ? "svd-llm" : "compot");
      assertThat(each.stored()).isEqualTo(each.name().endsWith("v_proj") ? Dtype.BF16 : Dtype.F32);
    }
    assertThat(1 - after / (double) before)
        .isCloseTo(0.4, within(0.004))
        .isGreaterThanOrEqualTo(0.4);
  }

  @Test
  void readsEveryKey() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("all.yaml"),
            """
            method: compot
            allocation: pooled
            scope: kind
            ratio: 0.35
            min-ratio: 0.1
            max-ratio: 0.8
            calibration: [in/stories.txt, {file: /a/b.jsonl, sha256: %s}]
            field: body
            samples: auto
            length: 77
            seed: -9
            include: [q_proj, k_proj]
            exclude: up_proj
            embeddings: 4
            rho: 1.5
            iterations: 3
            init: random
            tolerance: 1e-2
            momentum: 0.9
            dtype: bf16
            shard-size: 2MB
            overrides:
              - {match: a, skip: true, method: rocket, ratio: 0.5, rho: 3, dtype: f16}
              - match: b
            """
                .formatted("0f".repeat(32)));
    CompressionSettings settings = Compression.of(model).recipe(file).settings();
    Path b = Path.of("/a/b.jsonl");
    assertThat(settings)
        .isEqualTo(
            new CompressionSettings(
                new GeneralSettings(
                    new Budget.Removed(0.35),
                    "body",
                    Optional.empty(),
                    Optional.of(77),
                    -9,
                    List.of("q_proj", "k_proj"),
                    List.of("up_proj"),
                    Optional.of(4),
                    2_000_000,
                    Optional.empty()),
                RoundedFactors.unrounded(
                    new CompotMethod(1.5, 3, 0.01, Initialisation.RANDOM, 0.9)),
                new PooledAllocator.Choice(PoolingScope.KIND, new Guards(0.1, Optional.of(0.8))),
                List.of(folder.resolve("in/stories.txt"), b),
                Map.of(b, "0f".repeat(32)),
                List.of(
                    ProjectionOverride.of("a")
                        .withSkip(true)
                        .withMethod("rocket")
                        .withRatio(0.5)
                        .with("rho", 3)
                        .withDtype("f16"),
                    ProjectionOverride.of("b"))));
  }

  @Test
  void aGuardBeginsAtTheRecipesFolder() throws Exception {
    Path file = folder.resolve("guarded.yaml");
    Files.writeString(file, "max-kl: 0.1\nguard: in/guard.txt\n");
    assertThat(Compression.of(model).recipe(file).settings().general().guard())
        .contains(folder.resolve("in/guard.txt").toString());
    Files.writeString(file, "max-kl: 0.1\nguard: auto\n");
    assertThat(Compression.of(model).recipe(file).settings().general().guard()).isEmpty();
  }

  /** Every method's own settings are keys, each of another value than its default. */
  @Test
  void readsEverySettingOfEveryMethodAndAllocation() throws Exception {
    for (Schema<? extends CompressionMethod> schema : Methods.all()) {
      for (Setting<?, ?> setting : schema.settings()) {
        String other = OtherValue.of(setting, schema.usual(setting.name()));
        Path file =
            Files.writeString(
                folder.resolve("one.yaml"),
                "method: %s\n%s: %s\n".formatted(schema.name(), setting.name(), other));
        assertThat(Compression.of(model).recipe(file).settings().method().settings())
            .as(schema.name())
            .isNotEqualTo(schema.standard().settings())
            .extractingByKey(setting.name())
            .asString()
            .isEqualTo(other);
      }
    }
    for (Schema<? extends AllocationSettings> schema : Allocations.all()) {
      for (Setting<?, ?> setting : schema.settings()) {
        String other = OtherValue.of(setting, schema.usual(setting.name()));
        Path file =
            Files.writeString(
                folder.resolve("one.yaml"),
                "method: compot+\nallocation: %s\n%s: %s\n"
                    .formatted(schema.name(), setting.name(), other));
        assertThat(Compression.of(model).recipe(file).settings().allocation().settings())
            .as(schema.name())
            .extractingByKey(setting.name())
            .asString()
            .isEqualTo(other);
      }
    }
  }

  @Test
  void refusesASettingThatTheMethodDoesNotHaveByNameWithThoseItHas() {
    assertThatThrownBy(() -> compression("method: svd\nrho: 2\n"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("line 6: rho: method svd has no setting rho; it has width");
    assertThatThrownBy(() -> compression("method: compot+lite\ninit: svd\n"))
        .hasMessageContaining("method compot+lite has no setting init; it has rho, iterations");
  }

  @Test
  void anotherMethodTakesTheRecipesSettingsOfTheFirstWithIt() throws Exception {
    Path file =
        Files.writeString(folder.resolve("m.yaml"), "method: compot\nrho: 3\nmomentum: 0.5\n");
    CompressionSettings rocket = Compression.of(model).recipe(file).method("rocket").settings();
    assertThat(rocket.method())
        .isEqualTo(RoundedFactors.unrounded(RocketMethod.paper().withRho(3)));
    assertThatThrownBy(() -> Compression.of(model).method("rocket").set("momentum", 0.5).settings())
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "method rocket has no setting momentum; it has rho, width, group, zero-points, scales,"
                + " range");
  }

  @Test
  void anEmptyRecipeChangesNothingAndLaterCallsOverride() throws Exception {
    Path empty = Files.writeString(folder.resolve("e.yaml"), "{}\n");
    assertThat(Compression.of(model).recipe(empty).settings())
        .isEqualTo(Compression.of(model).settings());
    assertThat(compression("ratio: 0.3\n").ratio(0.4).settings().budget())
        .isEqualTo(new Budget.Removed(0.4));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ratio: 1.5 | line 5: ratio: 1.5 is not the fraction of bits to remove, between 0 and 1",
        "ratio: 0 | ratio: 0 is not",
        "ratoi: 0.2 | line 5: ratoi: there is no such key, did you mean ratio?",
        "k/s: 2 | k/s: there is no such key",
        "method: compt | method: 'compt' is unknown, did you mean compot?",
        "allocation: uniformly | did you mean uniform?",
        "rho: 0.5 | rho: 0.5 is not a number of at least 1",
        "seed: 1.5 | seed: 1.5 is not a whole number",
        "dtype: f64 | dtype: 'f64' is unknown",
        "shard-size: many | shard-size: many is not a size",
        "tolerance: 1 | tolerance: 1 is not",
        "scope: kind | allocation uniform has no setting scope; it has min-ratio, max-ratio",
        "momentum: 2 | momentum: 2 is not",
        "init: qr | init: 'qr' is unknown",
        "include: [''] | include: a pattern is empty",
        "overrides: [{ratio: 0.1}] | overrides[0].match: is missing",
        "overrides: [{match: a, ratio: 1}] | overrides[0].ratio: 1 is not",
        "overrides: [{match: a, ratios: 1}] | overrides[0].ratios: there is no such key, did you mean ratio?",
        "overrides: [{match: a, dtype: f64}] | overrides[0].dtype: 'f64' is unknown",
        "overrides: [{match: a, skip: 1}] | overrides[0].skip: expected true or false",
        "overrides: {match: a, skip: yes please} | overrides.skip: expected true or false"
      })
  void namesKeyAndLineOfWhatIsWrong(String yaml, String message) {
    assertThatThrownBy(() -> compression(yaml + "\n"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("my.yaml: line ")
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "overrides: [{match: dwn_proj, skip: true}] | overrides[0].match 'dwn_proj' matches no projection, did you mean down_proj?",
        "overrides: [{match: q_proj, skip: true}, {match: self_atn.q_proj, skip: true}] | overrides[1].match 'self_atn.q_proj' matches no projection, did you mean self_attn.q_proj?",
        "overrides: [{match: q_proj, method: compot+}] | compot+ looks at all",
        "{allocation: pooled, overrides: [{match: q_proj, rho: 2}], method: svd} | q_proj: method svd has no setting rho; it has width",
        "overrides: [{match: q_proj, ratio: 0.9999}] | no factors of method compot are as small",
        "overrides: [{match: '*', skip: true}] | no projection would get smaller"
      })
  void refusesWhatTheModelDoesNotAllow(String yaml, String message) throws Exception {
    Path file = Files.writeString(folder.resolve("my.yaml"), yaml + "\n");
    assertThatThrownBy(() -> Compression.of(model).calibration(text).recipe(file).plan())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
  }

  @Test
  void checksTheDigestOfATextThatTheRecipeNames() throws Exception {
    Path out = folder.resolve("out");
    compression("method: svd-llm\n").output(out).run();
    Files.writeString(text, "Another story. ".repeat(5000));
    assertThatThrownBy(() ->
            Compression.of(model)
                .recipe(out.resolve(Recipe.NAME))
                .output(folder.resolve("again"))
                .run())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("stories.txt: the recipe was made with another text")
        .hasMessageContaining("remove sha256 from the recipe");
    assertThat(folder.resolve("again")).doesNotExist();
    // A text that is given anew is taken as it is.
    Path again = folder.resolve("again");
    Compression.of(model).recipe(out.resolve(Recipe.NAME)).calibration(text).output(again).run();
    assertThat(again.resolve(Recipe.NAME)).exists();
  }
}
