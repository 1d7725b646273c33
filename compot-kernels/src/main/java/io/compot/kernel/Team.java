package io.compot.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads that do the parts of one piece of work together, the caller's among
 * them. Who waits looks for a moment and then sleeps: pieces follow one another within
 * microseconds, and on virtual machines waking a thread takes as long as many a piece, but a
 * machine has other things to do. One caller at a time.
 */
final class Team implements AutoCloseable {

  /** How long a waiting thread looks before it sleeps: what lies between two tokens of a text. */
  private static final long LOOKING_NANOS = 1_000_000;

  /** Looks between two at the clock. */
  private static final int LOOKS = 64;

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
  private final AtomicIntegerArray asleep;
  private volatile boolean closed;
  private volatile @Nullable Work work;
  private volatile @Nullable Thread caller;
  private volatile @Nullable Throwable failure;

  /** A team of so many threads. */
  Team(int threads) {
    this.threads = threads;
    this.helpers = new Thread[threads - 1];
    this.asleep = new AtomicIntegerArray(threads);
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
    for (int i = 0; i < helpers.length; i++) {
      wake(i + 1, helpers[i]);
    }
    try {
      shared.part(0, threads);
    } finally {
      await(0, () -> running.get() == 0);
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
      int before = seen;
      await(part, () -> round.get() != before || closed);
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
        wake(0, caller);
      }
    }
  }

  /** Looks for a while, and sleeps until woken. */
  private void await(int part, BooleanSupplier done) {
    long begun = System.nanoTime();
    for (int looks = 1; !done.getAsBoolean(); looks++) {
      Thread.onSpinWait();
      if (looks % LOOKS == 0 && System.nanoTime() - begun > LOOKING_NANOS) {
        asleep.set(part, 1);
        // Who changes what is waited for looks at the mark after it, so one of both sees the other.
        if (!done.getAsBoolean()) {
          LockSupport.park(this);
        }
        asleep.set(part, 0);
      }
    }
  }

  private void wake(int part, @Nullable Thread thread) {
    if (asleep.get(part) == 1) {
      LockSupport.unpark(thread);
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
