package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.CompotException;
import io.compot.error.StoppedException;
import io.compot.error.UsageException;
import io.compot.model.Architecture;
import io.compot.result.CompressionReport;
import io.compot.result.StepReport;
import io.compot.testing.TimelessFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Recipes of several steps, on the bundled model. */
class StepsTest {

  private static final Path DEMO = Path.of("..", "demo").toAbsolutePath().normalize();
  private static final Path MODEL = DEMO.resolve("model");

  private static final String HEAD =
      """
      calibration: %s
      samples: 8
      length: 32
      """
          .formatted(DEMO.resolve("calibration.txt"));

  @TempDir private Path folder;

  private Compression recipe(String text) throws Exception {
    Path file = Files.createTempFile(folder, "recipe", ".yaml");
    Files.writeString(file, HEAD + text);
    return Compression.of(MODEL).recipe(file);
  }

  /** Each step does what a compression of what the one before it left does, to the byte. */
  @Test
  void stepsAreCompressionsInARow() throws Exception {
    Path output = folder.resolve("out");
    CompressionReport report =
        recipe(
                """
                steps:
                  - prune: {method: replaceme, ratio: 0.25}
                  - factorise: {method: svd-llm, ratio: 0.2}
                """)
            .output(output)
            .run();
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    Path text = DEMO.resolve("calibration.txt");
    Compression.of(MODEL)
        .method("replaceme")
        .ratio(0.25)
        .samples(8)
        .length(32)
        .calibration(text)
        .output(first)
        .run();
    Compression.of(first)
        .method("svd-llm")
        .ratio(0.2)
        .samples(8)
        .length(32)
        .calibration(text)
        .output(second)
        .run();
    for (String file : List.of("model.safetensors", "config.json", "tokenizer.json")) {
      assertThat(Files.mismatch(output.resolve(file), second.resolve(file))).as(file).isEqualTo(-1);
    }
    assertThat(report.method()).isEqualTo("replaceme + svd-llm");
    assertThat(report.steps()).extracting(StepReport::step).containsExactly("prune", "factorise");
    assertThat(report.ratio().achieved()).isBetween(0.4, 0.401);
    assertThat(report.bits().projections().before()).isEqualTo(8 * 2_949_120L);
    assertThat(tensorBits(output)).isEqualTo(report.bits().model().after());
    assertThat(folder).isDirectoryNotContaining("glob:**/.out*");
    Path again = folder.resolve("again");
    Compression.of(MODEL).recipe(output.resolve("recipe.yaml")).output(again).run();
    assertThat(TimelessFiles.of(again)).isEqualTo(TimelessFiles.of(output));
  }

  private static long tensorBits(Path model) throws Exception {
    long bits = 0;
    try (Checkpoint made = Checkpoint.open(model)) {
      for (String name : made.names()) {
        bits += 8 * made.info(name).bytes();
      }
    }
    return bits;
  }

  /** What the whole is to become is what the last step gets. */
  @ParameterizedTest
  @CsvSource({"ratio: 0.5", "bits: 16", "size: 60%"})
  void theWholeHasTheBudget(String budget) throws Exception {
    Path output = folder.resolve("out");
    CompressionReport report =
        recipe(
                budget
                    + """

                    steps:
                      - prune: {ratio: 0.25}
                      - factorise: {method: svd}
                    """)
            .output(output)
            .run();
    if (budget.startsWith("size")) {
      double part = bytes(output) / (double) bytes(MODEL);
      assertThat(part).isBetween(0.598, 0.6);
    } else {
      assertThat(report.ratio().achieved()).isBetween(0.5, 0.501);
    }
    try (Checkpoint made = Checkpoint.open(output)) {
      assertThat(Architecture.of(made).decoder().blocks()).isEqualTo(3);
    }
  }

  private static long bytes(Path model) throws Exception {
    return Files.size(model.resolve("model.safetensors"));
  }

  /** Factors that are quantised at once are those of the method with its width. */
  @Test
  void quantisedFactorsAreMadeAtOnce() throws Exception {
    Path output = folder.resolve("out");
    CompressionReport report =
        recipe(
                """
                steps:
                  - factorise: {method: svd-llm}
                  - quantise: {width: 4, bits: 3, group: 32}
                """)
            .output(output)
            .run();
    Path expected = folder.resolve("expected");
    Compression.of(MODEL)
        .method("svd-llm")
        .set("width", 4)
        .set("bits", 3)
        .set("group", 32)
        .samples(8)
        .length(32)
        .calibration(DEMO.resolve("calibration.txt"))
        .output(expected)
        .run();
    assertThat(
            Files.mismatch(
                output.resolve("model.safetensors"), expected.resolve("model.safetensors")))
        .isEqualTo(-1);
    assertThat(report.layers().getFirst().method()).isEqualTo("svd-llm");
  }

  /** Each attempt ends some safe points later than the one before, in any of the steps. */
  @Test
  void stoppedAnywhereItGoesOnToTheSameBytes() throws Exception {
    String steps =
        """
        ratio: 0.4
        steps:
          - prune: {ratio: 0.25}
          - factorise: {method: svd-llm}
        """;
    Path whole = folder.resolve("whole");
    recipe(steps).output(whole).run();
    Path output = folder.resolve("out");
    List<String> stages = new ArrayList<>();
    for (int patience = 0; !Files.exists(output); patience += 6) {
      int[] left = {patience};
      try {
        recipe(steps)
            .stop(() -> left[0]-- <= 0)
            .listener(event -> stages.add(event.toString()))
            .output(output)
            .run();
      } catch (StoppedException e) {
        assertThat(output).doesNotExist();
      }
    }
    assertThat(stages.stream().filter(stage -> stage.contains("step 1 of 2")).count())
        .isGreaterThan(3);
    assertThat(TimelessFiles.of(output)).isEqualTo(TimelessFiles.of(whole));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "steps: [{melt: {}}] | no such key",
        "steps: [{prune: {method: svd}}] | for a step factorise",
        "steps: [{prune: {}}, {factorise: {}}] | does not say how much it removes",
        "steps: [{factorise: {ratio: 0.2}}, {prune: {ratio: 0.2}}] | leaves packed weights",
        "steps: [{factorise: {ratio: 0.2}}, {quantise: {width: 4}}] | leave ratio out",
        "steps: [{factorise: {}}, {quantise: {order: natural}}] | is nothing that",
        "'ratio: 0.3\nsteps: [{prune: {ratio: 0.2}}]' | say one of them",
        "'max-kl: 0.1\nsteps: [{prune: {}}]' | max-kl",
        "'method: svd\nsteps: [{prune: {ratio: 0.2}}]' | belong to one of the steps",
        "'rho: 2\nsteps: [{prune: {ratio: 0.2}}]' | belongs to one of the steps",
        "'overrides: [{match: down_proj, skip: true}]\nsteps: [{prune: {ratio: 0.2}}]' | has steps",
        "steps: [{prune: {ratio: 0.2, gaps: 0}}] | at least 1",
      })
  void whatDoesNotFitIsRefused(String steps, String message) {
    assertThatThrownBy(() -> recipe(steps.replace("\\n", "\n")).checkSettings())
        .isInstanceOf(CompotException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aWholeThatIsReachedBeforeTheLastStepIsRefused() throws Exception {
    String steps = "ratio: 0.2\nsteps: [{prune: {ratio: 0.25}}, {factorise: {method: svd}}]";
    assertThatThrownBy(() -> recipe(steps).output(folder.resolve("out")).run())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("leave the last step out");
    assertThatThrownBy(() -> recipe(steps).plan())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a plan is of one step");
  }
}
