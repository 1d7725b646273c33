package io.compot.journal;

import io.compot.error.FailureException;
import io.compot.error.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A file that only grows: one JSON object a line, each with the CRC-32C of its bytes, each on disk
 * before the next begins. So only the last line can be torn, and a torn one never counted.
 *
 * <pre>{@code
 * {"crc":"1c291ca3","record":{...}}
 * }</pre>
 */
public final class Journal implements AutoCloseable {

  /** The file in a work folder. */
  public static final String NAME = "journal.jsonl";

  /** Far more than any run writes: a file beyond is not ours. */
  private static final long MOST_BYTES = 256L << 20;

  private static final Pattern LINE =
      Pattern.compile("\\{\"crc\":\"([0-9a-f]{8})\",\"record\":(.*)}", Pattern.DOTALL);

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path file;
  private final FileChannel channel;
  private boolean torn;

  private Journal(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** The records of a journal and where the last whole one ends. */
  public record Contents(List<JsonNode> records, long end) {}

  /**
   * Reads a journal.
   *
   * @param advice what to do where it is damaged or none of ours
   * @return nothing where there is no file
   * @throws InputException where a line but the last is not what was written
   */
  public static Contents read(Path file, String advice) throws InputException {
    List<JsonNode> records = new ArrayList<>();
    if (!Files.exists(file)) {
      return new Contents(records, 0);
    }
    byte[] bytes = bytes(file, advice);
    int begin = 0;
    while (begin < bytes.length) {
      int end = begin;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      JsonNode record = end == bytes.length ? null : parse(bytes, begin, end);
      if (record == null) {
        if (end + 1 < bytes.length) {
          String line = "line %d".formatted(records.size() + 1);
          throw InputException.in(file, line, "it is damaged", advice);
        }
        break; // torn: the process ended while it was written
      }
      records.add(record);
      begin = end + 1;
    }
    return new Contents(records, begin);
  }

  private static byte[] bytes(Path file, String advice) throws InputException {
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > MOST_BYTES) {
        throw InputException.in(file, "this is no journal of ours", advice);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new InputException(
          file + ": cannot be read (" + e.getMessage() + "); check disk and permissions", e);
    }
  }

  private static @Nullable JsonNode parse(byte[] bytes, int begin, int end) {
    String line = new String(bytes, begin, end - begin, StandardCharsets.UTF_8);
    var matcher = LINE.matcher(line);
    if (!matcher.matches() || !matcher.group(1).equals(crc(matcher.group(2)))) {
      return null;
    }
    try {
      JsonNode record = JSON.readTree(matcher.group(2));
      return record.isObject() ? record : null;
    } catch (JacksonException e) {
      return null;
    }
  }

  /**
   * Opens a journal to write behind its last whole record.
   *
   * @param end as {@link #read} gave it
   */
  public static Journal append(Path file, long end) throws FailureException {
    try {
      var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      channel.truncate(end);
      channel.position(end);
      return new Journal(file, channel);
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  /** Adds records and brings them to disk together; what fails leaves nothing behind. */
  public void add(List<? extends JsonNode> records) throws FailureException {
    var lines = new ByteArrayOutputStream();
    for (JsonNode record : records) {
      String json = JSON.writeValueAsString(record);
      String line = "{\"crc\":\"" + crc(json) + "\",\"record\":" + json + "}\n";
      lines.writeBytes(line.getBytes(StandardCharsets.UTF_8));
    }
    if (torn) {
      throw failed(file, new IOException("an earlier record is in it by half"));
    }
    try {
      long end = channel.position();
      torn = true;
      ByteBuffer buffer = ByteBuffer.wrap(lines.toByteArray());
      try {
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      } catch (IOException e) {
        // On a full disk another record may fit, but not behind half of this one.
        channel.truncate(end);
        torn = false;
        throw e;
      }
      torn = false;
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  private static String crc(String json) {
    var crc = new CRC32C();
    crc.update(json.getBytes(StandardCharsets.UTF_8));
    return "%08x".formatted(crc.getValue());
  }

  private static FailureException failed(Path file, IOException e) {
    return new FailureException(
        file + ": cannot be written (" + e.getMessage() + "); check space and permissions", e);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Every record is on disk already.
    }
  }
}
