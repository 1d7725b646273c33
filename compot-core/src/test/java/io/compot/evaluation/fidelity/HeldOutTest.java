package io.compot.evaluation.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.Compression;
import io.compot.Computation;
import io.compot.Model;
import io.compot.error.UsageException;
import io.compot.evaluation.PerplexityOptions;
import io.compot.progress.ProgressListener;
import java.nio.file.Files;
import java.nio.file.Path;
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
    Path smaller = folder.resolve("smaller");
    Compression.of(DEMO.resolve("model")).method("svd").ratio(0.3).output(smaller).run();
    Path states = folder.resolve("states.safetensors");
    try (Model original = Model.load(DEMO.resolve("model"), Computation.F32);
        Model compressed = Model.load(smaller, Computation.F32)) {
      HeldOutReport report;
      int windows;
      try (HeldOut heldOut =
          original.heldOut(text, OptionalInt.of(WINDOW), 1000, states, ProgressListener.none())) {
        HeldOutReport same = heldOut.original();
        assertThat(same.klDivergence()).isCloseTo(0, within(1e-7));
        assertThat(same.topAgreement()).isEqualTo(1);
        assertThat(same.perplexity())
            .isCloseTo(perplexity(original, text), within(1e-4 * same.perplexity()));
        report = compressed.measure(heldOut, ProgressListener.none());
        windows = report.windows();
      }
      assertThat(states).doesNotExist();
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

  @Test
  void refusesWhatDoesNotFit() throws Exception {
    try (Model original = Model.load(DEMO.resolve("model"), Computation.F32)) {
      Path text = Files.writeString(folder.resolve("short.txt"), "Once upon a time");
      Path states = folder.resolve("states.safetensors");
      for (int window : new int[] {1, 100_000, 64}) {
        assertThatThrownBy(() ->
                original.heldOut(text, OptionalInt.of(window), 10, states, ProgressListener.none()))
            .isInstanceOf(UsageException.class);
      }
      assertThat(states).doesNotExist();
    }
  }
}
