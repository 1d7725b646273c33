package io.compot.cli;

import io.compot.progress.StopRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * SIGINT and SIGTERM while a command runs that can be resumed: the first asks the work to stop at
 * its next safe point, the second ends the process at once. Closed, the signals do again what they
 * did before.
 */
final class StopSignals implements StopRequest, AutoCloseable {

  /** What shells say of a process that a signal ended: 128 and its number. */
  private static final int ENDED_BY_SIGNAL = 128;

  private final Screen screen;
  private final List<Runnable> restore = new ArrayList<>();
  private volatile boolean wanted;

  private StopSignals(Screen screen) {
    this.screen = screen;
  }

  /** Listens from now on. */
  static StopSignals on(Screen screen) {
    var signals = new StopSignals(screen);
    for (String name : List.of("INT", "TERM")) {
      Runnable before = Signals.handle(name, signals::heard);
      if (before != null) {
        signals.restore.add(before);
      }
    }
    return signals;
  }

  private void heard(int number) {
    if (wanted) {
      // Not exit: that would wait for whatever the work has locked.
      Runtime.getRuntime().halt(ENDED_BY_SIGNAL + number);
    }
    wanted = true;
    screen.clearLine();
    screen.err().println("stopping at the next safe point; once more ends at once");
  }

  @Override
  public boolean wanted() {
    return wanted;
  }

  @Override
  public void close() {
    restore.forEach(Runnable::run);
  }
}
