package io.compot;

import io.compot.error.FailureException;
import io.compot.generation.batch.Batch;
import io.compot.generation.batch.BatchState;
import io.compot.generation.batch.Job;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/** The one thread that computes: it takes jobs from any other and steps their batch. */
final class Worker implements AutoCloseable {

  private final Object lock = new Object();
  private final Deque<Job> arrived = new ArrayDeque<>();
  private final Thread thread;
  private final Batch batch;
  private volatile BatchState state = BatchState.idle();
  private boolean closing;

  private Worker(Batch batch) {
    this.batch = batch;
    this.thread = Thread.ofPlatform().name("compot-model").daemon().unstarted(this::run);
  }

  /** Starts it. */
  static Worker start(Supplier<Batch> batch) {
    var worker = new Worker(batch.get());
    worker.thread.start();
    return worker;
  }

  /** Most tokens of a job. */
  long mostTokens() {
    return batch.mostTokens();
  }

  void submit(Job job) throws FailureException {
    synchronized (lock) {
      if (closing) {
        throw new FailureException("the model is being closed; ask again when it is there");
      }
      arrived.add(job);
      lock.notifyAll();
    }
  }

  BatchState state() {
    synchronized (lock) {
      return state.withWaiting(state.waiting() + arrived.size());
    }
  }

  private void run() {
    boolean more = false;
    try (batch) {
      while (take(more)) {
        more = batch.step();
        state = batch.state();
      }
      batch.abandon();
    }
  }

  /** Whether to go on. */
  private boolean take(boolean busy) {
    synchronized (lock) {
      while (!busy && arrived.isEmpty() && !closing) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          closing = true; // nobody but the end of the process interrupts it
        }
      }
      arrived.forEach(batch::add);
      arrived.clear();
      return !closing;
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      closing = true;
      lock.notifyAll();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
