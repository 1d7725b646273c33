package io.compot.pipeline.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.Compression;
import io.compot.Model;
import io.compot.error.InputException;
import io.compot.error.StoppedException;
import io.compot.evaluation.PerplexityOptions;
import io.compot.plan.Fate;
import io.compot.plan.PlannedProjection;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.testing.SharedData;
import io.compot.testing.SmallDemo;
import io.compot.testing.TimelessFiles;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainedRanksTest {

  @TempDir private Path folder;

  private static Compression compression() throws Exception {
    return Compression.of(SmallDemo.model())
        .method("dobi-svd")
        .ratio(0.4)
        .samples(32)
        .length(64)
        .calibration(SmallDemo.text());
  }

  /** Stopped in the middle of training, it goes on from there to the same bytes. */
  @Test
  void goesOnWhereTrainingEnded() throws Exception {
    Path whole = folder.resolve("whole");
    var report = compression().output(whole).run();
    // Every narrow value and key has ranks of its own size.
    Set<Double> ratios = new TreeSet<>();
    for (PlannedProjection each : report.plan().projections()) {
      if (each.fate() instanceof Fate.Replaced replaced) {
        assertThat(replaced.why()).startsWith("training took");
        ratios.add(1 - each.bitsAfter() / (double) (each.in() * each.out()));
      }
    }
    assertThat(ratios).hasSizeGreaterThan(4);

    Path output = folder.resolve("out");
    int[] steps = {0};
    assertThatExceptionOfType(StoppedException.class)
        .isThrownBy(() ->
            compression()
                .output(output)
                .listener(event -> steps[0] += trains(event) ? 1 : 0)
                .stop(() -> steps[0] >= 11)
                .run());
    steps[0] = 0;
    compression().output(output).listener(event -> steps[0] += trains(event) ? 1 : 0).run();
    assertThat(steps[0]).isEqualTo(9); // what was done, told once, and the second half
    assertThat(TimelessFiles.of(output)).isEqualTo(TimelessFiles.of(whole));
  }

  @Test
  void severalStacksAreRefused() {
    Path model = SharedData.path("golden/public/whisper");
    assertThatThrownBy(() ->
            Compression.of(model)
                .method("svd")
                .allocation("dobi-svd")
                .calibration(SharedData.path("speech/audio/LJSpeech"))
                .checkSettings())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("several stacks of blocks, and allocation dobi-svd trains ranks");
  }

  private static boolean trains(Progress event) {
    return event instanceof Progress.Step step && step.stage().equals("train");
  }

  /** Ranks are worth more where they were trained, at the same bits. */
  @Test
  void losesLessThanTheSameRatioForAll() throws Exception {
    double[] losses = new double[2];
    for (int i = 0; i < 2; i++) {
      String allocation = i == 0 ? "uniform" : "dobi-svd";
      Path output = folder.resolve(allocation);
      compression().allocation(allocation).output(output).run();
      try (Model model = Model.load(output)) {
        var options = PerplexityOptions.defaults().withWindow(64);
        losses[i] =
            model
                .evaluate(SmallDemo.text(), options, ProgressListener.none())
                .meanNegativeLogLikelihood();
      }
    }
    assertThat(losses[1]).isLessThan(losses[0] - 0.05);
  }
}
