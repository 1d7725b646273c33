package io.compot.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.Compression;
import io.compot.Computation;
import io.compot.error.UsageException;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is measured once, and what happens where it ends early. */
class ComparisonRunTest {

  private static final Path DEMO = Path.of("..", "demo");
  private static final String ORIGINAL = "the original on held-out text";

  @TempDir private Path folder;
  private Path text;

  @BeforeEach
  void heldOut() throws Exception {
    text = folder.resolve("text.txt");
    Files.writeString(text, Files.readString(DEMO.resolve("heldout.txt")).substring(0, 4_000));
  }

  private List<ComparisonRow> run(Path output, ProgressListener listener, double... ratios)
      throws Exception {
    var model =
        new ComparedModel(
            "demo",
            DEMO.resolve("model"),
            List.of(DEMO.resolve("calibration.txt")),
            "text",
            text,
            OptionalInt.of(64),
            OptionalInt.of(6),
            List.of());
    List<Cell> cells = new ArrayList<>();
    for (double ratio : ratios) {
      cells.add(Cell.of("demo", "svd-llm", "uniform", ratio));
    }
    var settings =
        new ComparisonSettings(
            List.of(model),
            cells,
            Computation.F32,
            ComparedTasks.none(),
            each ->
                Compression.of(each.folder())
                    .calibration(DEMO.resolve("calibration.txt"))
                    .samples(4)
                    .length(32));
    return new ComparisonRun(settings, output, listener, StopRequest.never(), (_, _, _) -> {})
        .run()
        .rows();
  }

  /** Notes the stages, and ends the work at the so-manyth begin of one. */
  private static ProgressListener ending(List<String> stages, String at, int time) {
    return event -> {
      if (event instanceof Progress.StageStarted(String stage, long _)) {
        stages.add(stage);
        if (stage.equals(at) && stages.stream().filter(at::equals).count() == time) {
          throw new IllegalStateException("the power went");
        }
      }
    };
  }

  private void endedAt(Path output, List<String> stages, String at, int time) {
    assertThatThrownBy(() -> run(output, ending(stages, at, time), 0.2, 0.4))
        .hasMessageContaining("the power went");
  }

  @Test
  void theOriginalIsRunAndMeasuredOnceWhateverEndsTheWork() throws Exception {
    Path output = folder.resolve("out");
    List<String> stages = new ArrayList<>();
    endedAt(output, stages, "evaluate", 1); // before the original is measured, behind its run
    endedAt(output, stages, "calibrate", 1);
    endedAt(output, stages, "evaluate", 3); // the first cell's
    assertThat(stages.stream().filter(ORIGINAL::equals)).hasSize(1);
    assertThat(stages.stream().filter("evaluate"::equals))
        .as("one that ended before its work, one of the original, one of the cell")
        .hasSize(3);
    List<ComparisonRow> rows = run(output, ending(stages, "", 0), 0.2, 0.4);
    assertThat(stages.stream().filter(ORIGINAL::equals)).hasSize(1);
    assertThat(stages.stream().filter("evaluate"::equals)).hasSize(5);

    List<ComparisonRow> whole = run(folder.resolve("whole"), ProgressListener.none(), 0.2, 0.4);
    assertThat(rows)
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields(TIMES)
        .isEqualTo(whole);
    assertThat(output.resolve("work-demo")).doesNotExist();

    // Cells that are added later need its states again, but not its figures.
    List<String> later = new ArrayList<>();
    assertThat(run(output, ending(later, "", 0), 0.2, 0.3, 0.4)).hasSize(4);
    assertThat(later.stream().filter("evaluate"::equals)).hasSize(1);
  }

  /** What one method cannot do is said at the end, when all others are there. */
  @Test
  void aRefusedRowKeepsNoOther() throws Exception {
    Path output = folder.resolve("out");
    assertThatThrownBy(() -> run(output, ProgressListener.none(), 0.9999, 0.2))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("1 of the rows cannot be made")
        .hasMessageContaining("demo: svd-llm, uniform, ratio 0.9999: ");
    List<String> stages = new ArrayList<>();
    assertThat(run(output, ending(stages, "", 0), 0.2)).hasSize(2);
    assertThat(stages).doesNotContain("evaluate");
  }

  @Test
  void statesThatAreNotWhatTheyWereAreMadeAgain() throws Exception {
    Path output = folder.resolve("out");
    List<String> stages = new ArrayList<>();
    endedAt(output, stages, "calibrate", 1);
    Path states = output.resolve("work-demo").resolve(ComparedOriginal.STATES);
    byte[] damaged = Files.readAllBytes(states);
    damaged[damaged.length - 1] ^= 0x40;
    Files.write(states, damaged);
    List<ComparisonRow> rows = run(output, ending(stages, "", 0), 0.2, 0.4);
    assertThat(stages.stream().filter(ORIGINAL::equals)).hasSize(2);
    assertThat(rows)
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields(TIMES)
        .isEqualTo(run(folder.resolve("whole"), ProgressListener.none(), 0.2, 0.4));
  }

  private static final String[] TIMES = {
    "seconds",
    "calibrationSeconds",
    "profileSeconds",
    "factoriseSeconds",
    "peakBytes",
    "tokensPerSecond"
  };
}
