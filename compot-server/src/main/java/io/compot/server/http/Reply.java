package io.compot.server.http;

import io.compot.chat.JsonValues;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** An answer that is sent whole. */
public final class Reply {

  private final int status;
  private final String type;
  private final byte[] body;
  private final Map<String, String> headers;

  private Reply(int status, String type, byte[] body, Map<String, String> headers) {
    this.status = status;
    this.type = type;
    this.body = body;
    this.headers = headers;
  }

  /** Plain values as JSON. */
  public static Reply json(int status, Object value) {
    return text(status, "application/json; charset=utf-8", JsonValues.write(value));
  }

  /** A text of some type. */
  public static Reply text(int status, String type, String text) {
    return bytes(status, type, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Bytes of some type. */
  public static Reply bytes(int status, String type, byte[] body) {
    return new Reply(status, type, body.clone(), Map.of());
  }

  /** Nothing but a status. */
  public static Reply empty(int status) {
    return new Reply(status, "", new byte[0], Map.of());
  }

  /** The same with one header more. */
  public Reply with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Reply(status, type, body, more);
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The media type; empty where there is no body. */
  String type() {
    return type;
  }

  byte[] body() {
    return body;
  }

  Map<String, String> headers() {
    return headers;
  }
}
