package io.compot.progress;

import io.compot.error.StoppedException;

/**
 * Whether long work should stop at its next safe point, which is at most a batch or a projection
 * away. Asked on the working thread, answered from any: a signal handler's flag, a deadline, the
 * state of a future.
 */
@FunctionalInterface
public interface StopRequest {

  /** Whether to stop. */
  boolean wanted();

  /**
   * A safe point.
   *
   * @throws StoppedException where stopping is wanted
   */
  default void check() throws StoppedException {
    if (wanted()) {
      throw new StoppedException("stopped as asked; what is finished is kept");
    }
  }

  /** Nobody stops the work. */
  static StopRequest never() {
    return () -> false;
  }
}
