package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.StoppedException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The first signal asks, and ends the process only where nothing comes of it. */
@DisabledOnOs(OS.WINDOWS)
class StopSignalsTest {

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final BlockingQueue<Integer> ended = new LinkedBlockingQueue<>();

  private StopSignals signals(Duration patience) {
    var err = new PrintStream(said, true, StandardCharsets.UTF_8);
    return StopSignals.on(
        new Screen(err, err, false, false, false), "compot again", patience, ended::add);
  }

  private static void terminate(StopSignals stop) throws Exception {
    var kill =
        new ProcessBuilder("kill", "-TERM", Long.toString(ProcessHandle.current().pid())).start();
    assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 1000 && !stop.wanted(); i++) {
      Thread.sleep(10);
    }
    assertThat(stop.wanted()).isTrue();
  }

  @Test
  void theFirstSignalAsks() throws Exception {
    try (var stop = signals(Duration.ofMinutes(1))) {
      assertThat(stop.wanted()).isFalse();
      stop.check();
      terminate(stop);
      assertThatExceptionOfType(StoppedException.class).isThrownBy(stop::check);
    }
    assertThat(said.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
    assertThat(ended).isEmpty();
  }

  @Test
  void withoutASafePointInTimeTheProcessEnds() throws Exception {
    try (var stop = signals(Duration.ofMillis(50))) {
      terminate(stop);
      assertThat(ended.poll(10, TimeUnit.SECONDS)).isEqualTo(75);
    }
    assertThat(said.toString(StandardCharsets.UTF_8).lines())
        .hasSize(3)
        .endsWith("resume with: compot again");
  }

  @Test
  void workThatStopsInTimeIsLeftAlone() throws Exception {
    try (var stop = signals(Duration.ofMillis(300))) {
      terminate(stop);
    }
    assertThat(ended.poll(600, TimeUnit.MILLISECONDS)).isNull();
  }
}
