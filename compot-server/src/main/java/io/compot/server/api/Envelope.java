package io.compot.server.api;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What every answer and every chunk of it begins with.
 *
 * @param kind "chat.completion", "text_completion"
 */
record Envelope(String id, String kind, long created, String model) {

  static Envelope of(String prefix, String kind, String model) {
    return new Envelope(
        prefix + UUID.randomUUID().toString().replace("-", ""),
        kind,
        Instant.now().getEpochSecond(),
        model);
  }

  Map<String, @Nullable Object> with(List<?> choices) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("id", id);
    body.put("object", kind);
    body.put("created", created);
    body.put("model", model);
    body.put("choices", choices);
    return body;
  }
}
