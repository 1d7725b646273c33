package io.compot.server.http;

/** Events on their way to a client, each sent as it comes. */
public final class EventStream {

  private final Exchange exchange;

  EventStream(Exchange exchange) {
    this.exchange = exchange;
  }

  /**
   * Sends one event.
   *
   * @param data on one line
   */
  public void send(String data) throws GoneException {
    exchange.chunk("data: " + data + "\n\n");
  }

  /** Ends the answer. */
  public void end() throws GoneException {
    exchange.lastChunk();
  }
}
