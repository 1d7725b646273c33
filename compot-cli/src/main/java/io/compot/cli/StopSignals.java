package io.compot.cli;

import io.compot.error.StoppedException;
import io.compot.progress.StopRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * SIGINT and SIGTERM while a command runs that can be resumed: the first asks the work to stop at
 * its next safe point, and ends the process where none comes in time; the second ends it at once.
 * Closed, the signals do again what they did before.
 *
 * <p>Ending at any moment is safe: what is recorded outlives a process that is killed.
 */
final class StopSignals implements StopRequest, AutoCloseable {

  /** Containers are given ten seconds; one decomposition of a large matrix takes minutes. */
  private static final Duration PATIENCE = Duration.ofSeconds(8);

  /** What shells say of a process that a signal ended: 128 and its number. */
  private static final int ENDED_BY_SIGNAL = 128;

  private final Screen screen;
  private final String resuming;
  private final Duration patience;
  private final IntConsumer end;
  private final List<Runnable> restore = new ArrayList<>();
  private volatile boolean wanted;
  private boolean closed;
  private @Nullable Thread waiting;

  private StopSignals(Screen screen, String resuming, Duration patience, IntConsumer end) {
    this.screen = screen;
    this.resuming = resuming;
    this.patience = patience;
    this.end = end;
  }

  /** Listens from now on, for a command that is running. */
  static StopSignals on(Screen screen, CommandSpec command) {
    var arguments = command.root().commandLine().getParseResult().originalArgs();
    // Not exit: that would wait for whatever the work has locked.
    return on(
        screen,
        ResumingCommand.of(arguments.toArray(String[]::new)),
        PATIENCE,
        Runtime.getRuntime()::halt);
  }

  /**
   * The same.
   *
   * @param resuming what goes on with the work
   * @param patience from the first signal to the end of the process
   * @param end ends the process with an exit code
   */
  static StopSignals on(Screen screen, String resuming, Duration patience, IntConsumer end) {
    var signals = new StopSignals(screen, resuming, patience, end);
    for (String name : List.of("INT", "TERM")) {
      Runnable before = Signals.handle(name, signals::heard);
      if (before != null) {
        signals.restore.add(before);
      }
    }
    return signals;
  }

  private synchronized void heard(int number) {
    if (wanted) {
      end.accept(ENDED_BY_SIGNAL + number);
      return;
    }
    wanted = true;
    screen.clearLine();
    screen.err().println("stopping at the next safe point; once more ends at once");
    waiting = Thread.ofPlatform().daemon().name("stop").start(this::loseMyPatience);
  }

  private void loseMyPatience() {
    try {
      Thread.sleep(patience);
    } catch (InterruptedException inTime) {
      return;
    }
    synchronized (this) {
      if (!closed) {
        screen.clearLine();
        var stopped =
            new StoppedException(
                "stopped as asked; what is finished is kept, what was at work is begun again");
        int code = ErrorLine.print(stopped, screen, false);
        screen.err().println("resume with: " + resuming);
        end.accept(code);
      }
    }
  }

  @Override
  public boolean wanted() {
    return wanted;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      if (waiting != null) {
        waiting.interrupt();
      }
    }
    restore.forEach(Runnable::run);
  }
}
