package io.compot.server.api;

import io.compot.chat.JsonValues;
import io.compot.server.http.EventStream;
import io.compot.server.http.Exchange;
import io.compot.server.http.GoneException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of a streamed answer. The answer begins with the first of them, so that what fails
 * before can still be told by its status.
 */
final class Chunks {

  private final Exchange exchange;
  private final Envelope envelope;
  private final boolean usage;
  private @Nullable EventStream events;

  /**
   * @param usage whether the last chunk tells the tokens, which others then say is to come
   */
  Chunks(Exchange exchange, Envelope envelope, boolean usage) {
    this.exchange = exchange;
    this.envelope = envelope;
    this.usage = usage;
  }

  boolean begun() {
    return events != null;
  }

  void choice(Map<String, @Nullable Object> choice) throws GoneException {
    Map<String, @Nullable Object> body = envelope.with(List.of(choice));
    if (usage) {
      body.put("usage", null);
    }
    send(JsonValues.write(body));
  }

  /** Ends the answer. */
  void finish(Map<String, Object> tokens, Map<String, Object> timings) throws GoneException {
    if (usage) {
      Map<String, @Nullable Object> body = envelope.with(List.of());
      body.put("usage", tokens);
      body.put("timings", timings);
      send(JsonValues.write(body));
    }
    send("[DONE]");
    stream().end();
  }

  /**
   * Tells of a failure: as an event where the answer has begun.
   *
   * @throws ApiException the failure, where it has not
   */
  void fail(ApiException failure) throws ApiException, GoneException {
    if (!begun()) {
      throw failure;
    }
    send(JsonValues.write(failure.body()));
    exchange.closeAfterwards();
    stream().end();
  }

  private void send(String data) throws GoneException {
    stream().send(data);
  }

  private EventStream stream() throws GoneException {
    EventStream opened = events;
    if (opened == null) {
      opened = exchange.events();
      events = opened;
    }
    return opened;
  }
}
