package io.compot.evaluation.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.Compression;
import io.compot.Computation;
import io.compot.Model;
import io.compot.error.UsageException;
import io.compot.evaluation.PerplexityOptions;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import io.compot.testing.SmallDemo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Measuring against the original's stored states gives what measuring beside it gives. */
class HeldOutTest {

  private static final Path DEMO = Path.of("..", "demo");
  private static final int WINDOW = 64;

  @TempDir private Path folder;

  @Test
  void agreesWithPerplexityAndFidelity() throws Exception {
    Path text = folder.resolve("text.txt");
    Files.writeString(text, Files.readString(DEMO.resolve("heldout.txt")).substring(0, 3_000));
    Path states = folder.resolve("states.safetensors");
    try (Model original = Model.load(SmallDemo.model(), Computation.F32);
        Model compressed = Model.load(SmallDemo.compressed(), Computation.F32)) {
      HeldOutReport report;
      int windows;
      try (HeldOut heldOut = heldOut(new HeldOutText(text, OptionalInt.of(WINDOW), 1000), states)) {
        HeldOutReport same = heldOut.measureOriginal(ProgressListener.none(), StopRequest.never());
        assertThat(same.klDivergence()).isCloseTo(0, within(1e-7));
        assertThat(same.topAgreement()).isEqualTo(1);
        assertThat(same.perplexity())
            .isCloseTo(perplexity(original, text), within(1e-4 * same.perplexity()));
        report = compressed.measure(heldOut, ProgressListener.none(), StopRequest.never());
        windows = report.windows();
      }
      assertThat(report.perplexity())
          .isCloseTo(perplexity(compressed, text), within(1e-4 * report.perplexity()));
      FidelityReport beside =
          compressed.compareWith(original, text, OptionalInt.of(WINDOW), ProgressListener.none());
      double mean =
          beside.windowDivergences().subList(0, windows).stream()
              .mapToDouble(Double::doubleValue)
              .average()
              .orElseThrow();
      assertThat(report.klDivergence()).isPositive().isCloseTo(mean, within(1e-5 * mean));
      assertThat(report.topAgreement()).isCloseTo(beside.topAgreement(), within(0.05));
    }
  }

  private static double perplexity(Model model, Path text) throws Exception {
    var options = PerplexityOptions.defaults().withWindow(WINDOW);
    return model.evaluate(text, options, ProgressListener.none()).value();
  }

  private static HeldOut heldOut(HeldOutText text, Path states) throws Exception {
    return Model.heldOut(
        SmallDemo.model(),
        Computation.F32,
        text,
        states,
        ProgressListener.none(),
        StopRequest.never());
  }

  /** A head in few bits is an error of the model's, and no part of what it is held to. */
  @Test
  void theOriginalKeepsItsOwnHead() throws Exception {
    Path text = folder.resolve("text.txt");
    Files.writeString(text, Files.readString(DEMO.resolve("heldout.txt")).substring(0, 3_000));
    Path rounded = folder.resolve("rounded");
    Compression.of(SmallDemo.model())
        .method("rtn")
        .set("width", 8)
        .set("embeddings", 2)
        .output(rounded)
        .run();
    Path states = folder.resolve("states.safetensors");
    try (HeldOut heldOut = heldOut(new HeldOutText(text, OptionalInt.of(WINDOW), 5), states);
        Model original = Model.load(SmallDemo.model(), Computation.F32);
        Model compressed = Model.load(rounded, Computation.F32)) {
      HeldOutReport report =
          compressed.measure(heldOut, ProgressListener.none(), StopRequest.never());
      double beside =
          compressed
              .compareWith(original, text, OptionalInt.of(WINDOW), ProgressListener.none())
              .windowDivergences()
              .subList(0, 5)
              .stream()
              .mapToDouble(Double::doubleValue)
              .average()
              .orElseThrow();
      assertThat(report.klDivergence()).isGreaterThan(0.1).isCloseTo(beside, within(1e-4 * beside));
    }
  }

  @Test
  void whatIsThereIsNotRunAgain() throws Exception {
    Path text = folder.resolve("text.txt");
    Files.writeString(text, Files.readString(DEMO.resolve("heldout.txt")).substring(0, 3_000));
    Path states = folder.resolve("states.safetensors");
    List<String> stages = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      try (HeldOut heldOut =
          Model.heldOut(
              SmallDemo.model(),
              Computation.F32,
              new HeldOutText(text, OptionalInt.of(WINDOW), 3),
              states,
              event -> {
                if (event instanceof Progress.StageStarted stage) {
                  stages.add(stage.stage());
                }
              },
              StopRequest.never())) {
        assertThat(heldOut.windows()).isEqualTo(3);
      }
    }
    assertThat(stages).containsExactly("the original on held-out text");
  }

  @Test
  void refusesWhatDoesNotFit() throws Exception {
    Path text = Files.writeString(folder.resolve("short.txt"), "Once upon a time");
    Path states = folder.resolve("states.safetensors");
    for (int window : new int[] {1, 100_000, 64}) {
      assertThatThrownBy(() -> heldOut(new HeldOutText(text, OptionalInt.of(window), 10), states))
          .isInstanceOf(UsageException.class);
    }
    assertThat(states).doesNotExist();
  }
}
