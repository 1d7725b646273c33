package io.compot.server.api;

import io.compot.server.http.GoneException;
import java.io.UncheckedIOException;

/** Carries the news that the client has gone through a listener that may throw nothing checked. */
final class Unsent extends UncheckedIOException {

  private static final long serialVersionUID = 1L;

  private final transient GoneException gone;

  Unsent(GoneException gone) {
    super(gone);
    this.gone = gone;
  }

  GoneException gone() {
    return gone;
  }
}
