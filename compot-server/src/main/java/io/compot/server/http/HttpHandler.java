package io.compot.server.http;

import java.io.IOException;

/** Answers requests, each on a virtual thread of its own. */
public interface HttpHandler {

  /**
   * Answers a request; what is not answered when it returns is closed.
   *
   * @throws GoneException where the client has gone away
   */
  void handle(Exchange exchange) throws IOException;

  /** What is answered to what cannot be handed to {@link #handle}. */
  Reply refuse(int status, String why);
}
