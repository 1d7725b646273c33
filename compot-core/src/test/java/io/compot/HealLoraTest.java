package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.error.StoppedException;
import io.compot.error.UsageException;
import io.compot.plan.TrainingCurve;
import io.compot.tensor.TensorScope;
import io.compot.testing.SmallDemo;
import io.compot.testing.TimelessFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two blocks of the bundled model, pruned and healed by updates of low rank. */
class HealLoraTest {

  private static final String PRUNE = "prune: {method: llm-pruner, blocks: all, ratio: 0.3}";

  @TempDir private Path folder;

  private Compression recipe(int samples, String steps) throws Exception {
    Path file = Files.createTempFile(folder, "recipe", ".yaml");
    Files.writeString(
        file,
        "calibration: %s\nsamples: %d\nlength: 64\nsteps: [%s]\n"
            .formatted(SmallDemo.text(), samples, steps));
    return Compression.of(SmallDemo.model()).recipe(file);
  }

  /** What changed of each projection has the rank of the update, and nothing else changed. */
  @ParameterizedTest
  @ValueSource(strings = {"distributions", "text", "states"})
  void whatChangesIsOfLowRank(String towards) throws Exception {
    Path pruned = folder.resolve("pruned");
    var before = recipe(32, "{%s}".formatted(PRUNE)).output(pruned).run();
    Path healed = folder.resolve("healed");
    var after =
        recipe(
                32,
                "{%s}, {heal: {towards: %s, lora: 4, rounds: 4, rate: 0.003}}"
                    .formatted(PRUNE, towards))
            .output(healed)
            .run();
    assertThat(after.bits().model()).isEqualTo(before.bits().model());
    if (!towards.equals("states")) {
      TrainingCurve curve = Objects.requireNonNull(after.training());
      assertThat(curve.points().get(curve.best()).loss())
          .isLessThan(0.97 * curve.points().getFirst().loss());
    }
    assertThat(Files.mismatch(healed.resolve("config.json"), pruned.resolve("config.json")))
        .isEqualTo(-1);
    int changed = 0;
    try (ModelSource was = Checkpoint.open(pruned);
        ModelSource is = Checkpoint.open(healed);
        var _ = TensorScope.open()) {
      assertThat(is.names()).isEqualTo(was.names());
      for (String name : was.names()) {
        assertThat(is.info(name)).isEqualTo(was.info(name));
        Tensor off =
            is.tensor(name).to(ScalarType.Double).sub(was.tensor(name).to(ScalarType.Double));
        if (!name.endsWith("_proj.weight")) {
          assertThat(off.count_nonzero().item_long()).as(name).isZero();
        } else if (off.count_nonzero().item_long() > 0) {
          Tensor values = torch.linalg_svdvals(off);
          double most = values.select(0, 0).item_double();
          double fourth = values.select(0, 3).item_double();
          double fifth = values.select(0, 4).item_double();
          // What is stored is rounded.
          assertThat(fifth).as(name).isLessThan(0.05 * fourth).isLessThan(0.01 * most);
          changed++;
        }
      }
    }
    assertThat(changed).isGreaterThan(7);
  }

  /** With a rate at which training goes back, too. */
  @ParameterizedTest
  @ValueSource(doubles = {0.003, 0.3})
  void stoppedAnywhereItGoesOnToTheSameBytes(double rate) throws Exception {
    String steps = "{%s}, {heal: {lora: 4, alpha: 8, rounds: 4, rate: %s}}".formatted(PRUNE, rate);
    Path whole = folder.resolve("whole");
    var report = recipe(8, steps).output(whole).run();
    boolean wentBack = report.notes().stream().anyMatch(note -> note.contains("were no better"));
    assertThat(wentBack).isEqualTo(rate > 0.1);
    Path output = folder.resolve("out");
    int attempts = 0;
    for (int patience = 5; !Files.exists(output); patience += 3) {
      int[] left = {patience};
      attempts++;
      try {
        recipe(8, steps).stop(() -> left[0]-- <= 0).output(output).run();
      } catch (StoppedException e) {
        assertThat(output).doesNotExist();
      }
    }
    assertThat(attempts).isGreaterThan(3);
    assertThat(TimelessFiles.of(output)).isEqualTo(TimelessFiles.of(whole));
    assertThat(Files.readString(output.resolve("recipe.yaml"))).contains("lora: 4", "alpha: 8");
  }

  @Test
  void whatMakesNoSenseIsRefused() throws Exception {
    assertThatThrownBy(
            () -> recipe(8, "{factorise: {ratio: 0.4}}, {heal: {lora: 8}}").checkSettings())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("step 2 (heal) has lora 8")
        .hasMessageContaining("leave lora out");
    assertThatThrownBy(() -> recipe(8, "{%s}, {heal: {alpha: 8}}".formatted(PRUNE)).checkSettings())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("say their rank, lora, too");
    assertThatThrownBy(() -> recipe(8, "{%s}, {heal: {lora: -1}}".formatted(PRUNE)).checkSettings())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("steps[1].heal.lora: -1 is not a whole number of at least 0");
    assertThatThrownBy(
            () -> recipe(8, "{%s}, {heal: {lora: 8, alpha: 0}}".formatted(PRUNE)).checkSettings())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("steps[1].heal.alpha: 0 is not");
    assertThatThrownBy(() ->
            recipe(8, "{%s}, {heal: {lora: 500}}".formatted(PRUNE))
                .output(folder.resolve("out"))
                .run())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("updates of rank 500");
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
