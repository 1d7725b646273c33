package io.compot.comparison;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The results of a comparison as they come, a JSON object a line: the facts that they rest on, and
 * rows. Each line is forced to disk before the next cell begins, so a process that is killed loses
 * the cell it worked on and no more; a last line that was cut off is dropped.
 */
public final class ResultsJournal implements AutoCloseable {

  /** The file in a comparison's folder. */
  public static final String NAME = "results.jsonl";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** One line: one of the two. */
  private record Line(@Nullable Map<String, String> facts, @Nullable ComparisonRow row) {}

  private final Path file;
  private final FileChannel channel;
  private final Map<String, String> facts = new LinkedHashMap<>();
  private final List<ComparisonRow> rows = new ArrayList<>();

  private ResultsJournal(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Opens the journal of a folder, or begins one.
   *
   * @throws InputException where the file is none
   */
  public static ResultsJournal open(Path folder) throws CompotException {
    Path file = folder.resolve(NAME);
    try {
      var channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      var journal = new ResultsJournal(file, channel);
      boolean read = false;
      try {
        journal.read();
        read = true;
        return journal;
      } finally {
        if (!read) {
          channel.close();
        }
      }
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  private void read() throws IOException, InputException {
    if (channel.size() > 1L << 28) {
      throw InputException.in(file, "this is no journal of a comparison", "choose another folder");
    }
    var bytes = ByteBuffer.allocate((int) channel.size());
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      // Until all of it is there.
    }
    int whole = 0;
    int number = 0;
    for (int end = next(bytes.array(), 0); end >= 0; end = next(bytes.array(), whole)) {
      number++;
      add(new String(bytes.array(), whole, end - whole, StandardCharsets.UTF_8), number);
      whole = end + 1;
    }
    channel.truncate(whole);
    channel.position(whole);
  }

  private static int next(byte[] bytes, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private void add(String text, int number) throws InputException {
    try {
      Line line = JSON.readValue(text, Line.class);
      if (line.facts() != null) {
        facts.putAll(Map.copyOf(line.facts())); // which takes no nulls
      } else {
        rows.add(Objects.requireNonNull(line.row(), "a line without facts or row"));
      }
    } catch (JacksonException | NullPointerException e) {
      throw new InputException(
          "%s: line %d is no result of a comparison; choose another folder, or remove the file"
              .formatted(file, number),
          e);
    }
  }

  /**
   * Holds the results to what they are now to rest on; facts that were not there before are added.
   *
   * @throws UsageException naming the facts that differ
   */
  public void require(Map<String, String> now) throws CompotException {
    List<String> differing = new ArrayList<>();
    Map<String, String> fresh = new LinkedHashMap<>();
    now.forEach((name, value) -> {
      String before = facts.get(name);
      if (before == null) {
        fresh.put(name, value);
      } else if (!before.equals(value)) {
        differing.add("%s was %s and is %s".formatted(name, before, value));
      }
    });
    if (!differing.isEmpty()) {
      throw new UsageException(
          "%s: the results there rest on something else: %s; choose another folder, or compare as before"
              .formatted(file, String.join(", ", differing)));
    }
    if (!fresh.isEmpty()) {
      append(new Line(fresh, null));
      facts.putAll(fresh);
    }
  }

  /** What the results rest on. */
  public Map<String, String> facts() {
    return Map.copyOf(facts);
  }

  /** All rows so far, in the order in which they came. */
  public List<ComparisonRow> rows() {
    return List.copyOf(rows);
  }

  /** Whether a cell has its row. */
  boolean holds(Cell cell) {
    return rows.stream().anyMatch(row -> row.of(cell));
  }

  /** Whether a model's original has its row. */
  boolean holdsOriginal(String model) {
    return rows.stream().anyMatch(row -> row.original() && row.model().equals(model));
  }

  /** Adds a row and brings it to disk. */
  void add(ComparisonRow row) throws FailureException {
    append(new Line(null, row));
    rows.add(row);
  }

  private void append(Line line) throws FailureException {
    byte[] bytes = (JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8);
    var buffer = ByteBuffer.wrap(bytes);
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  private static FailureException failed(Path file, IOException e) {
    return new FailureException(
        file + ": cannot be read or written (" + e.getMessage() + "); check space and permissions",
        e);
  }

  @Override
  public void close() throws FailureException {
    try {
      channel.close();
    } catch (IOException e) {
      throw failed(file, e);
    }
  }
}
