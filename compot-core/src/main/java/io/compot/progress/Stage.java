package io.compot.progress;

import io.compot.error.StoppedException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One stage of the work while it runs: tells the listener, and notes how long it took. */
public final class Stage implements AutoCloseable {

  private final String name;
  private final long total;
  private final Run run;
  private final long start = System.nanoTime();
  private long done;

  Stage(String name, long total, Run run) {
    this.name = name;
    this.total = total;
    this.run = run;
    run.tell(new Progress.StageStarted(name, total));
  }

  /** Some more units are done. */
  public void advance(String what, long units) {
    done = Math.min(total, done + units);
    Duration elapsed = elapsed();
    @Nullable Duration left = null;
    if (done > 0) {
      left = Duration.ofMillis((long) (elapsed.toMillis() * ((double) (total - done) / done)));
    }
    run.tell(new Progress.Step(name, what, done, total, elapsed, left));
  }

  /** A safe point: what was done until here is kept, or little. */
  public void safePoint() throws StoppedException {
    run.stop().check();
  }

  /** What {@link #safePoint} asks, for work that knows no stages. */
  public StopRequest stop() {
    return run.stop();
  }

  public void tell(Progress event) {
    run.tell(event);
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @Override
  public void close() {
    Duration elapsed = elapsed();
    run.add(name, elapsed.toNanos() / 1e9);
    run.tell(new Progress.StageFinished(name, elapsed));
  }
}
