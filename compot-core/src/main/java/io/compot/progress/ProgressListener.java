package io.compot.progress;

/**
 * Hears what long work does. Called on the working thread, so it should return soon; what it throws
 * ends the work.
 */
@FunctionalInterface
public interface ProgressListener {

  /** Something happened. */
  void on(Progress event);

  /** A listener that ignores everything. */
  static ProgressListener none() {
    return event -> {};
  }
}
