package io.compot.server;

import io.compot.server.api.ApiException;
import java.time.Duration;

/** How many requests are let in, and whether any. */
final class Admission {

  private final int most;
  private int inside;
  private boolean closed;

  Admission(int most) {
    this.most = most;
  }

  /** Lets one in. */
  synchronized void enter() throws ApiException {
    if (closed) {
      throw new ApiException(
          503, "server_error", null, "shutting_down", "the server is ending; ask it no more");
    }
    if (inside >= most) {
      throw new ApiException(
          429,
          "rate_limit_error",
          null,
          "rate_limit_exceeded",
          "%d requests are being answered or wait; ask again later".formatted(inside));
    }
    inside++;
  }

  /** One is done. */
  synchronized void leave() {
    inside--;
    notifyAll();
  }

  synchronized int inside() {
    return inside;
  }

  synchronized boolean closed() {
    return closed;
  }

  /**
   * Lets nobody in any more and waits for those inside.
   *
   * @return whether all have left in time
   */
  synchronized boolean close(Duration longest) {
    closed = true;
    long end = System.nanoTime() + longest.toNanos();
    while (inside > 0) {
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        return false;
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }
}
