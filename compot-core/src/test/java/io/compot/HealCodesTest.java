package io.compot;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.plan.TrainingCurve;
import io.compot.tensor.TensorScope;
import io.compot.testing.SmallDemo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scales of codes are trained, and nothing else of them: whole weights and factors in few bits. */
class HealCodesTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "quantise: {method: rtn, bits: 2.5}",
        "factorise: {method: compot, allocation: uniform, iterations: 3, width: 3, bits: 2}"
      })
  void onlyScalesChange(String step) throws Exception {
    Path file = folder.resolve("recipe.yaml");
    String steps = "calibration: %s\nsamples: 32\nlength: 64\nsteps: [{%s}%s]\n";
    Path coded = folder.resolve("coded");
    Files.writeString(file, steps.formatted(SmallDemo.text(), step, ""));
    var before = Compression.of(SmallDemo.model()).recipe(file).output(coded).run();
    Path healed = folder.resolve("healed");
    Files.writeString(file, steps.formatted(SmallDemo.text(), step, ", {heal: {rounds: 3}}"));
    var after = Compression.of(SmallDemo.model()).recipe(file).output(healed).run();

    assertThat(after.bits()).isEqualTo(before.bits());
    TrainingCurve curve = Objects.requireNonNull(after.training());
    assertThat(curve.best()).isPositive();
    assertThat(curve.points().get(curve.best()).loss())
        .isLessThan(0.95 * curve.points().getFirst().loss());
    try (ModelSource was = Checkpoint.open(coded);
        ModelSource is = Checkpoint.open(healed);
        var _ = TensorScope.open()) {
      assertThat(is.names()).isEqualTo(was.names());
      int changed = 0;
      for (String name : was.names()) {
        assertThat(is.info(name)).isEqualTo(was.info(name));
        boolean same = is.tensor(name).equal(was.tensor(name));
        assertThat(same || name.endsWith(".scales")).as(name).isTrue();
        changed += same ? 0 : 1;
      }
      assertThat(changed).isGreaterThan(10);
    }
  }
}
