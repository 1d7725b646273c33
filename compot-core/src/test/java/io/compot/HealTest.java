package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.error.StoppedException;
import io.compot.error.UsageException;
import io.compot.result.CompressionReport;
import io.compot.tensor.TensorScope;
import io.compot.testing.TimelessFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks of the bundled model, pruned and healed. */
class HealTest {

  private static final Path DEMO = Path.of("..", "demo").toAbsolutePath().normalize();
  private static final Path MODEL = DEMO.resolve("model");

  @TempDir private Path folder;

  private Compression recipe(int samples, String steps) throws Exception {
    Path file = Files.createTempFile(folder, "recipe", ".yaml");
    Files.writeString(
        file,
        "calibration: %s\nsamples: %d\nlength: 64\nsteps: %s\n"
            .formatted(DEMO.resolve("calibration.txt"), samples, steps));
    return Compression.of(MODEL).recipe(file);
  }

  private double perplexity(Path model) throws Exception {
    Path text = folder.resolve("heldout.txt");
    Files.writeString(text, Files.readString(DEMO.resolve("heldout.txt")).substring(0, 10_000));
    try (Model loaded = Model.load(model)) {
      return loaded.evaluate(text).value();
    }
  }

  /** Narrowed and dropped blocks alike; of text that nothing was trained on. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{method: llm-pruner, blocks: all, ratio: 0.3}",
        "{method: replaceme, ratio: 0.25}"
      })
  void healedIsBetter(String prune) throws Exception {
    Path pruned = folder.resolve("pruned");
    Path healed = folder.resolve("healed");
    CompressionReport before = recipe(48, "[{prune: %s}]".formatted(prune)).output(pruned).run();
    CompressionReport after =
        recipe(48, "[{prune: %s}, {heal: {towards: states, rounds: 6}}]".formatted(prune))
            .output(healed)
            .run();
    assertThat(after.bits().model()).isEqualTo(before.bits().model());
    assertThat(after.notes()).anyMatch(note -> note.contains("healed: relative error"));
    assertThat(perplexity(healed)).isLessThan(0.97 * perplexity(pruned));
    assertThat(Files.mismatch(healed.resolve("config.json"), pruned.resolve("config.json")))
        .isEqualTo(-1);
  }

  /** Factors keep their sizes and supports; masked weights, too. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "states        | {factorise: {method: svd-llm, ratio: 0.4}}",
        "states        | {factorise: {method: rocket, allocation: uniform, ratio: 0.4}}",
        "distributions | {factorise: {method: rocket, allocation: uniform, ratio: 0.4, embeddings: 8}}",
        "text          | {prune: {method: wanda, ratio: 0.8}}"
      })
  void packedIsHealedInItsForm(String towards, String step) throws Exception {
    Path packed = folder.resolve("packed");
    Path healed = folder.resolve("healed");
    CompressionReport before = recipe(16, "[%s]".formatted(step)).output(packed).run();
    CompressionReport after =
        recipe(16, "[%s, {heal: {towards: %s, rounds: 3}}]".formatted(step, towards))
            .output(healed)
            .run();
    assertThat(after.bits()).isEqualTo(before.bits());
    assertThat(after.layers()).hasSameSizeAs(before.layers());
    assertThat(after.notes()).anyMatch(note -> note.contains("healed: "));
    assertThat(perplexity(healed)).isLessThan(perplexity(packed));
    assertThat(Files.mismatch(healed.resolve("config.json"), packed.resolve("config.json")))
        .isEqualTo(-1);
    try (ModelSource was = Checkpoint.open(packed);
        ModelSource is = Checkpoint.open(healed);
        var _ = TensorScope.open()) {
      assertThat(is.names()).isEqualTo(was.names());
      int changed = 0;
      for (String name : was.names()) {
        assertThat(is.info(name)).isEqualTo(was.info(name));
        boolean same = is.tensor(name).equal(was.tensor(name));
        assertThat(same || was.info(name).dtype().isFloating()).as(name).isTrue();
        changed += same ? 0 : 1;
      }
      assertThat(changed).isGreaterThan(0);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{prune: {ratio: 0.25}}, {heal: {towards: states, rounds: 2}}]",
        "[{factorise: {method: svd-llm, ratio: 0.4}}, {heal: {rounds: 4}}]"
      })
  void stoppedAnywhereItGoesOnToTheSameBytes(String steps) throws Exception {
    Path whole = folder.resolve("whole");
    recipe(8, steps).output(whole).run();
    Path output = folder.resolve("out");
    int attempts = 0;
    for (int patience = 5; !Files.exists(output); patience += 5 + 4 * attempts, attempts++) {
      int[] left = {patience};
      try {
        recipe(8, steps).stop(() -> left[0]-- <= 0).output(output).run();
      } catch (StoppedException e) {
        assertThat(output).doesNotExist();
      }
    }
    assertThat(attempts).isGreaterThan(2);
    assertThat(TimelessFiles.of(output)).isEqualTo(TimelessFiles.of(whole));
    Path again = folder.resolve("again");
    Compression.of(MODEL).recipe(output.resolve("recipe.yaml")).output(again).run();
    assertThat(TimelessFiles.of(again)).isEqualTo(TimelessFiles.of(output));
  }

  /** A rate at which everything bursts leaves the blocks as they were. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "states        | {prune: {ratio: 0.25}}",
        "states        | {factorise: {method: svd-llm, ratio: 0.2}}",
        "distributions | {factorise: {method: svd-llm, ratio: 0.2}}"
      })
  void nothingBecomesWorse(String towards, String step) throws Exception {
    Path pruned = folder.resolve("pruned");
    Path healed = folder.resolve("healed");
    recipe(8, "[%s]".formatted(step)).output(pruned).run();
    recipe(8, "[%s, {heal: {towards: %s, rounds: 1, rate: 1}}]".formatted(step, towards))
        .output(healed)
        .run();
    String file = "model.safetensors";
    assertThat(Files.mismatch(pruned.resolve(file), healed.resolve(file))).isEqualTo(-1);
  }

  @Test
  void whatCannotBeHealedIsRefused() throws Exception {
    assertThatThrownBy(() -> recipe(8, "[{heal: {}}]").checkSettings())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("nothing was pruned before it");
    for (String codes :
        List.of("{quantise: {method: trellis, bits: 3}}", "{quantise: {method: mix, bits: 3}}")) {
      assertThatThrownBy(() -> recipe(8, "[%s, {heal: {}}]".formatted(codes)).checkSettings())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("leaves codes of trellises, which heal does not train");
    }
    assertThatThrownBy(() ->
            recipe(8, "[{factorise: {ratio: 0.2}}, {heal: {}}, {prune: {ratio: 0.2}}]")
                .checkSettings())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("leaves packed weights");
    assertThatThrownBy(
            () -> recipe(8, "[{prune: {ratio: 0.2}}, {heal: {ratio: 0.1}}]").checkSettings())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("makes nothing smaller: leave ratio out");
    assertThatThrownBy(() ->
            recipe(1, "[{prune: {ratio: 0.25}}, {heal: {}}]").output(folder.resolve("out")).run())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("give more calibration text");
    assertThatThrownBy(() ->
            Compression.of(MODEL)
                .method("heal")
                .calibration(DEMO.resolve("calibration.txt"))
                .checkSettings())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("heal is a step behind prune");
  }
}
