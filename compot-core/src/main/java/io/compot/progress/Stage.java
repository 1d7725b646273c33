package io.compot.progress;

import io.compot.error.StoppedException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One stage of the work while it runs: tells the listener, and notes how long it took. */
public final class Stage implements AutoCloseable {

  private final String name;
  private final long total;
  private final ProgressListener listener;
  private final StopRequest stop;
  private final Map<String, Double> seconds;
  private final long start = System.nanoTime();
  private long done;

  /**
   * Begins.
   *
   * @param total units of work, of about equal time; 0 if unknown
   * @param stop looked at in safe points
   * @param seconds where the time is added under the stage's name when it ends
   */
  public Stage(
      String name,
      long total,
      ProgressListener listener,
      StopRequest stop,
      Map<String, Double> seconds) {
    this.stop = stop;
    this.name = name;
    this.total = total;
    this.listener = listener;
    this.seconds = seconds;
    listener.on(new Progress.StageStarted(name, total));
  }

  /** Some more units are done. */
  public void advance(String what, long units) {
    done = Math.min(total, done + units);
    Duration elapsed = elapsed();
    @Nullable Duration left = null;
    if (done > 0) {
      left = Duration.ofMillis((long) (elapsed.toMillis() * ((double) (total - done) / done)));
    }
    listener.on(new Progress.Step(name, what, done, total, elapsed, left));
  }

  /** A safe point: what was done until here is kept, or little. */
  public void safePoint() throws StoppedException {
    stop.check();
  }

  /** What {@link #safePoint} asks, for work that knows no stages. */
  public StopRequest stop() {
    return stop;
  }

  public void tell(Progress event) {
    listener.on(event);
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @Override
  public void close() {
    Duration elapsed = elapsed();
    seconds.merge(name, elapsed.toNanos() / 1e9, Double::sum);
    listener.on(new Progress.StageFinished(name, elapsed));
  }
}
