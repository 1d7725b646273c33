package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.StoppedException;
import io.compot.plan.TrainingCurve;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.result.CompressionReport;
import io.compot.testing.SmallDemo;
import io.compot.testing.TimelessFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training that gets worse, or loses its way, on two blocks of the bundled model. */
class HealSetbackTest {

  @TempDir private Path folder;

  private Compression recipe(double rate, Path output) throws Exception {
    Path file = Files.createTempFile(folder, "recipe", ".yaml");
    Files.writeString(
        file,
        """
        calibration: %s
        samples: 32
        length: 64
        steps:
          - factorise: {method: svd-llm, ratio: 0.4}
          - heal: {rate: %s, rounds: 6}
        """
            .formatted(SmallDemo.text(), rate));
    return Compression.of(SmallDemo.model()).recipe(file).output(output);
  }

  private static List<Double> losses(CompressionReport report) {
    TrainingCurve curve = report.training();
    assertThat(curve).isNotNull();
    return curve.points().stream().map(TrainingCurve.Point::loss).toList();
  }

  @Test
  void divergenceIsNamedAndTheLastGoodStateKept() throws Exception {
    List<String> told = new ArrayList<>();
    var report =
        recipe(1, folder.resolve("out"))
            .listener(event -> {
              if (event instanceof Progress.Notice notice) {
                told.add(notice.message());
              }
            })
            .run();
    assertThat(losses(report)).hasSize(4); // ended after three that were no better
    assertThat(report.notes())
        .anyMatch(note -> note.startsWith("training diverged by round 1.00 (loss "))
        .anyMatch(note -> note.startsWith("3 of 3 measurements were no better"));
    assertThat(told).anyMatch(note -> note.startsWith("training diverged by round 1.00"));
    var before =
        Compression.of(SmallDemo.model())
            .method("svd-llm")
            .ratio(0.4)
            .samples(32)
            .length(64)
            .calibration(SmallDemo.text())
            .output(folder.resolve("before"))
            .run();
    assertThat(Files.mismatch(weights("out"), weights("before"))).isEqualTo(-1);
    assertThat(report.bits().model()).isEqualTo(before.bits().model());
  }

  private Path weights(String output) {
    return folder.resolve(output).resolve("model.safetensors");
  }

  /** Goes back and gets better by shorter steps; stopped behind that, to the same bytes. */
  @Test
  void goesBackAndOn() throws Exception {
    Path whole = folder.resolve("whole");
    var report = recipe(0.03, whole).run();
    List<Double> losses = losses(report);
    assertThat(losses.get(1)).isGreaterThan(losses.get(0));
    assertThat(Objects.requireNonNull(report.training()).best()).isGreaterThan(1);

    Path output = folder.resolve("out");
    int[] looks = {0};
    int[] kept = {0};
    ProgressListener counting =
        event -> {
          if (event instanceof Progress.Step step && step.stage().equals("heal")) {
            looks[0]++;
            kept[0] = Math.max(kept[0], best(folder));
          }
        };
    assertThatExceptionOfType(StoppedException.class)
        .isThrownBy(() -> recipe(0.03, output).listener(counting).stop(() -> looks[0] >= 4).run());
    recipe(0.03, output).listener(counting).run();
    assertThat(kept[0]).isBetween(1, 2); // what is superseded goes
    assertThat(TimelessFiles.of(output)).isEqualTo(TimelessFiles.of(whole));
  }

  private static int best(Path folder) {
    try (var files = Files.walk(folder)) {
      return (int) files.filter(each -> each.getFileName().toString().startsWith("best-")).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
