package io.compot.server.http;

import java.time.Duration;

/**
 * How much the server takes from its clients.
 *
 * @param bodyBytes longest body of a request
 * @param connections most connections at once; further ones are closed
 * @param arriving longest time that a request may take to arrive whole
 * @param idle longest time that a connection may wait for a request
 * @param stalled longest time that a client may take nothing of what is written
 */
public record HttpLimits(
    int bodyBytes, int connections, Duration arriving, Duration idle, Duration stalled) {

  /** Eight mebibytes, 512 connections, half a minute to arrive, one idle or stalled. */
  public static HttpLimits defaults() {
    return new HttpLimits(
        8 << 20, 512, Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofSeconds(60));
  }

  /** The same with another longest body. */
  public HttpLimits withBody(int bytes) {
    return new HttpLimits(bytes, connections, arriving, idle, stalled);
  }
}
