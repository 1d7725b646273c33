package io.compot.text;

import io.compot.error.InputException;
import io.compot.file.Sha256;
import io.compot.text.rows.Packed;
import io.compot.text.rows.ParquetRows;
import io.compot.text.rows.Row;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * A text that a user gave, also packed with gzip or zstd: a plain UTF-8 file is one document, rows
 * of JSON (lines, or an array) or parquet are one document each. What a file is its content says;
 * one whose name ends in {@code .json}, {@code .jsonl} or {@code .ndjson} has to be JSON.
 *
 * @param documents never empty
 * @param rows whether the file holds rows, so that its documents are not one text
 * @param sha256 of the file's bytes, in lower-case hexadecimal
 * @param bytes the file's size
 */
public record TextFile(Path file, List<String> documents, boolean rows, String sha256, long bytes) {

  /** Between documents where they are read as one text, as the perplexity papers join theirs. */
  public static final String SEPARATOR = "\n\n";

  /** Makes a text of a chat. */
  @FunctionalInterface
  public interface Chats {

    /**
     * The text of a conversation.
     *
     * @param file that holds it
     * @param where it stands there, e.g. "line 3: messages"
     * @param messages an array
     * @throws InputException where it makes no text
     */
    String text(Path file, String where, JsonNode messages) throws InputException;

    /** Refuses chats, where no model is at hand whose template would write them. */
    Chats NONE =
        (file, where, _) -> {
          throw InputException.in(
              file,
              where,
              "it holds a chat, not a text",
              "write the chats through the model's template into a field of text first, as"
                  + " apply_chat_template of transformers does");
        };
  }

  private static final long LARGEST = 1L << 30;
  private static final int SNIFFED = 8192;
  private static final Pattern JSON =
      Pattern.compile(".*\\.(json|jsonl|ndjson)(\\.gz|\\.zst)?", Pattern.CASE_INSENSITIVE);

  public TextFile {
    documents = List.copyOf(documents);
  }

  /**
   * Reads a file whole.
   *
   * @param field of a row that holds its text; plain files have none
   * @throws InputException where the file is missing, empty, over 1 GiB, no text, not valid UTF-8,
   *     or a row has no text
   */
  public static TextFile read(Path file, String field) throws InputException {
    return read(file, field, Chats.NONE);
  }

  /**
   * Reads a file whole.
   *
   * @param chats for rows that hold a chat in place of a text
   * @throws InputException as {@link #read(Path, String)}
   */
  public static TextFile read(Path file, String field, Chats chats) throws InputException {
    byte[] bytes = readBytes(file);
    boolean parquet = ParquetRows.isOne(bytes);
    String text = parquet ? "" : decode(file, unpacked(file, bytes));
    var json = new JsonTexts(file, field, chats);
    boolean named = JSON.matcher(file.getFileName().toString()).matches();
    boolean rows = parquet || named || json.recognises(text);
    List<String> documents;
    if (parquet) {
      documents = parquet(file, field, chats);
    } else {
      documents = rows ? json.read(text) : List.of(text);
    }
    if (documents.stream().allMatch(String::isBlank)) {
      throw InputException.in(file, "there is no text in it", "give a file with text");
    }
    return new TextFile(file, documents, rows, Sha256.of(bytes), bytes.length);
  }

  private static List<String> parquet(Path file, String field, Chats chats) throws InputException {
    var row = new RowText(file, field, chats);
    var texts = new ArrayList<String>();
    try {
      for (Row each : ParquetRows.read(file)) {
        texts.add(row.of("row " + each.number(), each.columns()));
      }
      return texts;
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }

  private static byte[] unpacked(Path file, byte[] bytes) throws InputException {
    try (InputStream in = Packed.open(file, new ByteArrayInputStream(bytes))) {
      byte[] unpacked = in.readNBytes((int) LARGEST + 1);
      if (unpacked.length > LARGEST) {
        throw InputException.in(
            file, "it unpacks to more than 1 GiB of text", "give a slice of it");
      }
      return unpacked;
    } catch (IOException e) {
      throw Packed.refuse(file, e);
    }
  }

  /** All documents as one text. */
  public String whole() {
    return String.join(SEPARATOR, documents);
  }

  private static byte[] readBytes(Path file) throws InputException {
    if (Files.isDirectory(file)) {
      throw InputException.in(file, "this is a folder", "give a text file");
    }
    if (!Files.exists(file)) {
      throw InputException.in(file, "there is no such file", "check the path of the text");
    }
    try {
      long size = Files.size(file);
      if (size == 0) {
        throw InputException.in(file, "the file is empty", "give a file with text");
      }
      if (size > LARGEST) {
        throw InputException.in(
            file, "%d bytes of text are more than 1 GiB".formatted(size), "give a slice of it");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new InputException(
          file + ": the file cannot be read (" + e.getMessage() + "); check its permissions", e);
    }
  }

  private static String decode(Path file, byte[] bytes) throws InputException {
    for (int i = 0; i < Math.min(bytes.length, SNIFFED); i++) {
      if (bytes[i] == 0) {
        throw InputException.in(
            file, "this is binary data, byte %d is 0".formatted(i), "give a UTF-8 text file");
      }
    }
    var input = ByteBuffer.wrap(bytes);
    var output = CharBuffer.allocate(bytes.length);
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(input, output, true);
    if (result.isError()) {
      try {
        result.throwException();
      } catch (CharacterCodingException e) {
        throw new InputException(
            "%s: byte %d is not valid UTF-8; convert the text to UTF-8"
                .formatted(file, input.position()),
            e);
      }
    }
    String text = output.flip().toString();
    // A byte-order mark is how some editors say UTF-8; it is no part of the text.
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  /** Reads several files, in order. */
  public static List<TextFile> readAll(List<Path> files, String field) throws InputException {
    return readAll(files, field, Chats.NONE);
  }

  /** The same with chats. */
  public static List<TextFile> readAll(List<Path> files, String field, Chats chats)
      throws InputException {
    var texts = new ArrayList<TextFile>();
    for (Path file : files) {
      texts.add(read(file, field, chats));
    }
    return List.copyOf(texts);
  }
}
