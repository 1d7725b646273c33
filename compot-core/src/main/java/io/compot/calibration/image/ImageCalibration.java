package io.compot.calibration.image;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.SampleChoice;
import io.compot.chat.ChatTemplates;
import io.compot.chat.Conversation;
import io.compot.chat.JsonValues;
import io.compot.chat.PromptEncoder;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.file.Sha256;
import io.compot.image.Picture;
import io.compot.model.Architecture;
import io.compot.model.Images;
import io.compot.text.rows.JsonRows;
import io.compot.text.rows.Row;
import io.compot.tokenizer.TextTokenizer;
import io.compot.vision.ConversationImages;
import io.compot.vision.Processor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Calibration of a model that sees: its tower on images, its decoder on the conversations that they
 * stand in, by the model's own template. A row of JSON is a conversation, {@code {"messages":
 * [...]}}; parts of its messages are images, whose names begin in the file's folder.
 */
public final class ImageCalibration {

  private static final Clock SAME = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final String ADVICE =
      "write {\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\", \"image\":"
          + " FILE}, {\"type\": \"text\", \"text\": ...}]}, ...]}";

  private final Architecture architecture;
  private final ModelSource checkpoint;
  private final Images images;

  /** Of a model that takes images so. */
  public ImageCalibration(Architecture architecture, ModelSource checkpoint, Images images) {
    this.architecture = architecture;
    this.checkpoint = checkpoint;
    this.images = images;
  }

  /** A conversation and where it stands. */
  private record Found(Path file, long number, Conversation chat) {}

  /**
   * Whether files hold conversations with images.
   *
   * @throws InputException where one cannot be read
   */
  public static boolean in(List<Path> files) throws InputException {
    for (Path file : files) {
      if (json(file)) {
        for (Row row : rows(file)) {
          if (row.has("messages") && ConversationImages.in(chat(row))) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean json(Path file) {
    return Files.isRegularFile(file)
        && file.getFileName()
            .toString()
            .toLowerCase(Locale.ROOT)
            .matches(".*\\.(json|jsonl|ndjson)(\\.gz|\\.zst)?");
  }

  private static List<Row> rows(Path file) throws InputException {
    try {
      return JsonRows.read(file);
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }

  private static Conversation chat(Row row) throws InputException {
    JsonNode messages = row.columns().get("messages");
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    for (JsonNode message : messages) {
      if (!message.isObject() || !message.path("role").isString()) {
        throw refuse(row.file(), row.number(), "a message has no role");
      }
      all.add(JsonValues.map(message));
    }
    return Conversation.of(all).withVariables(Map.of("add_generation_prompt", false));
  }

  private static InputException refuse(Path file, long number, String problem) {
    return InputException.in(file, "row " + number, problem, ADVICE);
  }

  /**
   * Reads it.
   *
   * @param most rows at most; empty for all there are
   * @param digests where the files' digests are put
   * @throws CompotException where a row has no image, an image cannot be read, or a row is too long
   */
  public CalibrationSamples samples(
      List<Path> files, Optional<Integer> most, long seed, Map<Path, String> digests)
      throws CompotException {
    List<Found> all = new ArrayList<>();
    for (Path file : files) {
      if (!json(file)) {
        throw InputException.in(
            file, "it holds no rows, but another file holds rows with images", ADVICE);
      }
      digests.put(file, digest(file));
      for (Row row : rows(file)) {
        if (!row.has("messages")) {
          throw refuse(file, row.number(), "it has no messages");
        }
        all.add(new Found(file, row.number(), chat(row)));
      }
    }
    int wanted = Math.min(most.orElse(all.size()), all.size());
    var processor = Processor.of(checkpoint, images);
    List<SeenRow> rows = new ArrayList<>();
    var seen = Sha256.begin();
    var templates =
        ChatTemplates.read(checkpoint.folder())
            .orElseThrow(() ->
                InputException.in(
                    checkpoint.folder(),
                    "the model has no chat template, which says where images stand",
                    "fetch chat_template.jinja from where the model is from"));
    try (TextTokenizer tokenizer = checkpoint.tokenizer();
        var encoder = new PromptEncoder(tokenizer)) {
      for (int index : SampleChoice.of(all.size(), wanted, seed)) {
        Found found = all.get(index);
        long[] text = encoder.encode(templates.of(found.chat()), found.chat(), SAME);
        rows.add(row(processor, found, text));
        for (Picture picture : ConversationImages.of(found.chat(), folder(found.file()))) {
          seen.update(picture.levels());
        }
      }
    }
    return new CalibrationSamples(
        Map.of(
            architecture.stacks().getFirst().name(), new SeenPatches(rows, Sha256.words(seen)),
            architecture.decoder().name(), new SeenTexts(rows)));
  }

  private SeenRow row(Processor processor, Found found, long[] text) throws CompotException {
    if (!ConversationImages.in(found.chat())) {
      throw refuse(found.file(), found.number(), "it has no image");
    }
    SeenRow row;
    try {
      row = SeenRow.of(processor, found.chat(), folder(found.file()), text);
    } catch (CompotException e) {
      throw new InputException(
          "%s: row %d: %s".formatted(found.file(), found.number(), e.getMessage()), e);
    }
    if (row.tokens().size() > architecture.contextLength()) {
      throw InputException.in(
          found.file(),
          "row " + found.number(),
          "%d tokens are more than the model's context of %d"
              .formatted(row.tokens().size(), architecture.contextLength()),
          "take smaller images, or leave the row out");
    }
    return row;
  }

  private static Path folder(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? Path.of("") : parent;
  }

  private static String digest(Path file) throws InputException {
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }
}
