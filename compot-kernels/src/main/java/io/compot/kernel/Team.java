package io.compot.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads that do the parts of one piece of work together, the caller's among
 * them. Who waits looks for a moment and then sleeps: pieces follow one another within
 * microseconds, but a machine has other things to do. One caller at a time.
 */
final class Team implements AutoCloseable {

  /** How often a waiting thread looks before it sleeps: some ten microseconds. */
  private static final int LOOKS = 200;

  /** One thread's share. */
  @FunctionalInterface
  interface Work {
    /** Does part {@code part} of {@code parts}. */
    void part(int part, int parts);
  }

  private final int threads;
  private final Thread[] helpers;
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger round = new AtomicInteger();
  private volatile boolean closed;
  private volatile @Nullable Work work;
  private volatile @Nullable Thread caller;
  private volatile @Nullable Throwable failure;

  /** A team of so many threads. */
  Team(int threads) {
    this.threads = threads;
    this.helpers = new Thread[threads - 1];
    for (int i = 0; i < helpers.length; i++) {
      int part = i + 1;
      helpers[i] =
          Thread.ofPlatform().daemon().name("compot-kernel-" + part).unstarted(() -> help(part));
    }
    for (Thread helper : helpers) {
      helper.start();
    }
  }

  /** Threads, the caller's among them. */
  int threads() {
    return threads;
  }

  /** Does all parts, and returns when they are done. */
  void run(Work shared) {
    if (threads == 1) {
      shared.part(0, 1);
      return;
    }
    caller = Thread.currentThread();
    work = shared;
    running.set(threads - 1);
    round.incrementAndGet(); // publishes the above
    for (Thread helper : helpers) {
      LockSupport.unpark(helper);
    }
    try {
      shared.part(0, threads);
    } finally {
      for (int looks = 0; running.get() > 0; looks++) {
        if (looks < LOOKS) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
        }
      }
      work = null;
    }
    Throwable failed = failure;
    if (failed != null) {
      failure = null;
      throw new IllegalStateException("a part of the work failed: " + failed, failed);
    }
  }

  private void help(int part) {
    int seen = 0;
    while (true) {
      for (int looks = 0; round.get() == seen && !closed; looks++) {
        if (looks < LOOKS) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
        }
      }
      if (closed) {
        return;
      }
      seen = round.get();
      try {
        Work shared = work;
        if (shared != null) {
          shared.part(part, threads);
        }
      } catch (Throwable e) {
        failure = e;
      }
      if (running.decrementAndGet() == 0) {
        LockSupport.unpark(caller);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    for (Thread helper : helpers) {
      LockSupport.unpark(helper);
    }
  }
}
