package io.compot.pipeline.work;

import io.compot.error.FailureException;
import io.compot.journal.WorkFolder;
import java.util.ArrayList;
import java.util.List;

/**
 * Finished objects that reach the journal together, because each record waits for the disk: those
 * of one second, or of one block where that takes less.
 */
final class RecordBatch implements AutoCloseable {

  private static final long LONGEST_NANOSECONDS = 1_000_000_000;

  private final WorkFolder work;
  private final List<WorkFolder.Finished> waiting = new ArrayList<>();
  private long last = System.nanoTime();

  RecordBatch(WorkFolder work) {
    this.work = work;
  }

  /** Takes an object whose file is whole and on disk. */
  void add(WorkFolder.Finished object) throws FailureException {
    waiting.add(object);
    if (System.nanoTime() - last >= LONGEST_NANOSECONDS) {
      record();
    }
  }

  /** Records what waits. */
  void record() throws FailureException {
    if (!waiting.isEmpty()) {
      List<WorkFolder.Finished> objects = List.copyOf(waiting);
      waiting.clear();
      work.finish(objects);
    }
    last = System.nanoTime();
  }

  /** Records what waits, however the work ends. */
  @Override
  public void close() throws FailureException {
    record();
  }
}
