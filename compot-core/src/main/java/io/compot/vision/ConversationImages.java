package io.compot.vision;

import io.compot.chat.Conversation;
import io.compot.error.InputException;
import io.compot.image.Alpha;
import io.compot.image.ImageBounds;
import io.compot.image.ImageFile;
import io.compot.image.Picture;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The images of a conversation: parts of messages such as {@code {"type": "image", "image": FILE}}
 * or OpenAI's {@code {"type": "image_url", "image_url": {"url": "data:..."}}}, each a file or a
 * data URL. Nothing is fetched.
 */
public final class ConversationImages {

  private static final String ADVICE =
      "give the name of a file, or a data URL (data:image/png;base64,...)";

  private ConversationImages() {}

  /** A user's message of images and then a text. */
  public static Map<String, @Nullable Object> message(List<Path> images, String text) {
    List<@Nullable Object> parts = new ArrayList<>();
    for (Path image : images) {
      Map<String, @Nullable Object> part = new LinkedHashMap<>();
      part.put("type", "image");
      part.put("image", image.toString());
      parts.add(part);
    }
    Map<String, @Nullable Object> last = new LinkedHashMap<>();
    last.put("type", "text");
    last.put("text", text);
    parts.add(last);
    Map<String, @Nullable Object> message = new LinkedHashMap<>();
    message.put("role", "user");
    message.put("content", parts);
    return message;
  }

  /** Whether it has any. */
  public static boolean in(Conversation conversation) {
    return !sources(conversation).isEmpty();
  }

  /**
   * Reads them, in their order.
   *
   * @throws InputException where one cannot be read
   */
  public static List<Picture> of(Conversation conversation) throws InputException {
    return of(conversation, Path.of(""));
  }

  /**
   * The same within bounds.
   *
   * @throws InputException where there are too many, or one cannot be read
   */
  public static List<Picture> of(Conversation conversation, ImageBounds bounds)
      throws InputException {
    return of(conversation, Path.of(""), bounds);
  }

  /**
   * The same where names of files begin in a folder.
   *
   * @throws InputException where one cannot be read
   */
  public static List<Picture> of(Conversation conversation, Path folder) throws InputException {
    return of(conversation, folder, ImageBounds.NONE);
  }

  private static List<Picture> of(Conversation conversation, Path folder, ImageBounds bounds)
      throws InputException {
    List<Object> sources = sources(conversation);
    if (sources.size() > bounds.images()) {
      throw new InputException(
          "messages: %d images; at most %d are read, leave some out"
              .formatted(sources.size(), bounds.images()));
    }
    List<Picture> pictures = new ArrayList<>();
    long used = 0;
    for (Object source : sources) {
      String name = "image " + (pictures.size() + 1);
      if (used > 0 && bounds.pixels() < Long.MAX_VALUE) {
        name += ", behind %,d pixels of others".formatted(used);
      }
      Picture picture = read(source, name, folder, bounds.pixels() - used);
      used += (long) picture.width() * picture.height();
      pictures.add(picture);
    }
    return pictures;
  }

  private static Picture read(Object source, String name, Path folder, long mostPixels)
      throws InputException {
    if (!(source instanceof String text) || text.isBlank()) {
      throw new InputException(name + ": it is neither file nor data; " + ADVICE);
    }
    if (text.startsWith("http://") || text.startsWith("https://")) {
      throw new InputException(name + ": nothing is fetched from elsewhere; " + ADVICE);
    }
    if (text.startsWith("data:")) {
      int comma = text.indexOf(',');
      if (comma < 0 || !text.substring(0, comma).endsWith(";base64")) {
        throw new InputException(name + ": the data is not base64; " + ADVICE);
      }
      try {
        return ImageFile.read(
            Base64.getMimeDecoder().decode(text.substring(comma + 1)),
            name,
            Alpha.ON_WHITE,
            mostPixels);
      } catch (IllegalArgumentException e) {
        throw new InputException(name + ": the data is not base64; " + ADVICE, e);
      }
    }
    try {
      String file = text.startsWith("file://") ? text.substring("file://".length()) : text;
      return ImageFile.read(folder.resolve(file), Alpha.ON_WHITE);
    } catch (InvalidPathException e) {
      throw new InputException(name + ": this is no name of a file; " + ADVICE, e);
    }
  }

  private static List<Object> sources(Conversation conversation) {
    List<Object> sources = new ArrayList<>();
    for (Map<String, @Nullable Object> message : conversation.messages()) {
      if (message.get("content") instanceof List<?> parts) {
        for (Object part : parts) {
          if (part instanceof Map<?, ?> fields) {
            add(fields, sources);
          }
        }
      }
    }
    return sources;
  }

  private static void add(Map<?, ?> part, List<Object> sources) {
    Object given = part.get("image") != null ? part.get("image") : part.get("image_url");
    if (given instanceof Map<?, ?> url) {
      given = url.get("url");
    }
    if (given != null) {
      sources.add(given);
    } else if ("image".equals(part.get("type")) || "image_url".equals(part.get("type"))) {
      sources.add("");
    }
  }
}
