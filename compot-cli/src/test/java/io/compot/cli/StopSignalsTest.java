package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.StoppedException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The first signal asks; nothing else happens to the process. */
@DisabledOnOs(OS.WINDOWS)
class StopSignalsTest {

  @Test
  void theFirstSignalAsks() throws Exception {
    var bytes = new ByteArrayOutputStream();
    var err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    try (var stop = StopSignals.on(new Screen(err, err, false, false, false))) {
      assertThat(stop.wanted()).isFalse();
      stop.check();
      var kill =
          new ProcessBuilder("kill", "-TERM", Long.toString(ProcessHandle.current().pid())).start();
      assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < 1000 && !stop.wanted(); i++) {
        Thread.sleep(10);
      }
      assertThat(stop.wanted()).isTrue();
      assertThatExceptionOfType(StoppedException.class).isThrownBy(stop::check);
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
  }
}
