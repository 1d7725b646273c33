package io.compot.server.api;

import io.compot.progress.StopRequest;
import io.compot.server.http.Exchange;
import java.time.Duration;

/** Stops a computation that nobody waits for any more, or that takes too long. */
record Deadline(Exchange exchange, long end) implements StopRequest {

  static Deadline of(Exchange exchange, Duration longest) {
    return new Deadline(exchange, System.nanoTime() + longest.toNanos());
  }

  @Override
  public boolean wanted() {
    return exchange.gone() || System.nanoTime() - end > 0;
  }
}
