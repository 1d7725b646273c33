package io.compot.server.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a message says: a text, or parts that are texts and images. Images come as data URLs alone:
 * nothing is fetched, and no file of the server's is read.
 */
final class MessageContent {

  private static final String DATA = "data:";

  private MessageContent() {}

  /**
   * Reads the field {@code content} of a message.
   *
   * @param sees whether the model takes images
   * @return the text, all of them joined; with images the parts, as templates expect them
   * @throws ApiException naming the part that is not as it should be
   */
  static @Nullable Object read(Fields message, boolean sees) throws ApiException {
    Object content = message.value("content");
    if (content == null || content instanceof String) {
      return content;
    }
    List<Map<String, Object>> parts = new ArrayList<>();
    var text = new StringBuilder();
    boolean images = false;
    List<?> given = message.list("content").orElseThrow();
    for (int i = 0; i < given.size(); i++) {
      Fields part = Fields.element(message.name("content"), i, given.get(i));
      switch (part.text("type").orElse("text")) {
        case "text" -> {
          String piece = part.text("text").orElseThrow(() -> part.wrong("text", "a text"));
          text.append(piece);
          parts.add(part("text", piece));
        }
        case "image_url" -> {
          if (!sees) {
            throw refused(message, part, "only texts are taken here");
          }
          images = true;
          parts.add(part("image", url(message, part)));
        }
        default ->
            throw refused(
                message,
                part,
                sees
                    ? "text and image_url are what this model takes"
                    : "only texts are taken here");
      }
    }
    return images ? parts : text.toString();
  }

  private static Map<String, Object> part(String type, String value) {
    Map<String, Object> part = new LinkedHashMap<>();
    part.put("type", type);
    part.put(type, value);
    return part;
  }

  /** OpenAI's object with a {@code url}; its {@code detail} says nothing to these models. */
  private static String url(Fields message, Fields part) throws ApiException {
    Fields image =
        part.object("image_url").orElseThrow(() -> part.wrong("image_url", "an object with url"));
    String url = image.text("url").orElseThrow(() -> image.wrong("url", "a data URL"));
    if (!url.startsWith(DATA)) {
      throw ApiException.bad(
          message.name("content"),
          "%s: nothing is fetched from elsewhere, and no file is read; send the image itself (data:image/png;base64,...)"
              .formatted(image.name("url")));
    }
    return url;
  }

  private static ApiException refused(Fields message, Fields part, String what) {
    return ApiException.bad(message.name("content"), "%s: %s".formatted(part.name("type"), what));
  }
}
