package io.compot.server.http;

import java.io.IOException;

/** Who asked has gone away, or takes nothing any more. */
public final class GoneException extends IOException {

  private static final long serialVersionUID = 1L;

  GoneException(String message) {
    super(message);
  }
}
