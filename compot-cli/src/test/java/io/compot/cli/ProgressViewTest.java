package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.progress.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is not a terminal gets a line every ten seconds at most, however many stages there are. */
class ProgressViewTest {

  @Test
  void aPipeGetsALineInTenSeconds() {
    var err = new ByteArrayOutputStream();
    var clock = new AtomicLong();
    var stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    var screen = new Screen(stream, stream, false, false, false);
    try (var view = new ProgressView(screen, false, new ProgressLog(), clock::get)) {
      for (int second = 1; second <= 100; second++) {
        clock.addAndGet(Duration.ofSeconds(1).toNanos());
        // Every third second one stage ends and another begins.
        if (second % 3 == 0) {
          view.on(new Progress.StageFinished("stage", Duration.ofSeconds(3)));
          view.on(new Progress.StageStarted("stage", 3));
        }
        view.on(
            new Progress.Step(
                "stage", "work", second % 3, 3, Duration.ofSeconds(second % 3), null));
      }
      view.on(new Progress.Notice("worth a word"));
    }
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .hasSizeBetween(9, 11)
        .endsWith("worth a word");
  }
}
