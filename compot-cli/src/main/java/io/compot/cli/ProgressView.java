package io.compot.cli;

import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import java.time.Duration;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/**
 * Shows progress on standard error: a bar with the time left on a terminal, plain lines elsewhere.
 */
final class ProgressView implements ProgressListener, AutoCloseable {

  /** Plain lines of progress come no closer together than this, whatever their stages. */
  static final Duration PACE = Duration.ofSeconds(10);

  /** Shorter stages come and go without a word. */
  private static final Duration WORTH_A_LINE = Duration.ofSeconds(1);

  private final Screen screen;
  private final boolean quiet;
  private final ProgressLog log;
  private @Nullable ProgressBar bar;
  private volatile @Nullable Duration left;
  private final LongSupplier nanoseconds;
  private long lastLine;

  ProgressView(Screen screen, boolean quiet) {
    this(screen, quiet, new ProgressLog());
  }

  ProgressView(Screen screen, boolean quiet, ProgressLog log) {
    this(screen, quiet, log, System::nanoTime);
  }

  ProgressView(Screen screen, boolean quiet, ProgressLog log, LongSupplier nanoseconds) {
    this.screen = screen;
    this.quiet = quiet;
    this.log = log;
    this.nanoseconds = nanoseconds;
    this.lastLine = nanoseconds.getAsLong();
  }

  @Override
  public void on(Progress event) {
    log.on(event);
    if (quiet) {
      return;
    }
    switch (event) {
      case Progress.StageStarted started -> start(started);
      case Progress.Step step -> step(step);
      case Progress.LayerFinished _ -> {}
      case Progress.StageFinished finished -> finish(finished);
      case Progress.Notice notice -> say(ErrorLine.oneLine(notice.message()));
    }
  }

  private void start(Progress.StageStarted started) {
    close();
    if (screen.errTerminal()) {
      bar =
          ProgressBar.builder()
              .setTaskName(started.stage())
              .setInitialMax(started.total() > 0 ? started.total() : -1)
              .setUpdateIntervalMillis(200)
              .setRenderer(new BarLine(() -> left, !screen.colours()))
              .setConsumer(new ConsoleProgressBarConsumer(screen.err()))
              .clearDisplayOnFinish()
              .build();
    }
  }

  private void step(Progress.Step step) {
    left = step.left();
    if (bar != null) {
      bar.maxHint(step.total() > 0 ? step.total() : -1);
      bar.stepTo(step.done());
      bar.setExtraMessage(step.what());
    } else if (!screen.errTerminal() && due()) {
      String share = step.total() > 0 ? " (%d of %d)".formatted(step.done(), step.total()) : "";
      Duration rest = step.left();
      String still = rest == null ? "" : ", " + Quantity.time(rest) + " left";
      say("%s: %s%s%s".formatted(step.stage(), step.what(), share, still));
    }
  }

  /** Whether the last line is old enough for another one, which then is the last. */
  private boolean due() {
    long now = nanoseconds.getAsLong();
    if (now - lastLine < PACE.toNanos()) {
      return false;
    }
    lastLine = now;
    return true;
  }

  private void finish(Progress.StageFinished finished) {
    close();
    if (finished.elapsed().compareTo(WORTH_A_LINE) < 0) {
      return;
    }
    if (screen.errTerminal() || due()) {
      say("%s: done in %s".formatted(finished.stage(), Quantity.time(finished.elapsed())));
    }
  }

  private void say(String line) {
    if (bar != null) {
      screen.clearLine();
    }
    screen.err().println(line);
  }

  /** Takes an unfinished bar away. */
  @Override
  public void close() {
    left = null;
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
