package io.compot.journal;

import io.compot.error.InputException;
import io.compot.file.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What a journal says of finished objects, by name. */
final class Records {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private record Entry(@Nullable String sha256, long bytes, JsonNode data) {}

  @SuppressWarnings("UnusedMethod") // the JSON reader calls the constructor
  private record Line(String done, @Nullable String sha256, long bytes, JsonNode data) {
    private Line {
      Objects.requireNonNull(done, "done");
      Objects.requireNonNull(data, "data");
    }
  }

  private final Path journal;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final List<String> damaged = new ArrayList<>();

  /** None yet, of a journal that is named in errors. */
  Records(Path journal) {
    this.journal = journal;
  }

  /** Takes in a record of an earlier process. */
  void remember(JsonNode record) throws InputException {
    Line line = read(Line.class, record);
    entries.put(line.done(), new Entry(line.sha256(), line.bytes(), line.data()));
  }

  /**
   * Takes in an object of this process.
   *
   * @param sha256 of its file; null for a fact without one
   * @param data what else is to be known of it
   * @return its record
   */
  ObjectNode add(String name, @Nullable String sha256, long bytes, Object data) {
    JsonNode tree = JSON.valueToTree(data);
    entries.put(name, new Entry(sha256, bytes, tree));
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("done", name);
    if (sha256 != null) {
      line.put("sha256", sha256);
    }
    line.put("bytes", bytes);
    line.set("data", tree);
    return line;
  }

  /** Whether an object is recorded that has a file. */
  boolean hasFile(String name) {
    Entry entry = entries.get(name);
    return entry != null && entry.sha256() != null;
  }

  /**
   * Whether an object's file is what was recorded; one that is there and is not is remembered as
   * damaged.
   *
   * @param digested whether its digest was recorded
   */
  boolean unchanged(String name, Path file, boolean digested) {
    Entry entry = Objects.requireNonNull(entries.get(name));
    if (!Files.exists(file)) {
      return false;
    }
    boolean same;
    try {
      same =
          !digested
              || (Files.size(file) == entry.bytes() && Sha256.of(file).equals(entry.sha256()));
    } catch (IOException e) {
      same = false;
    }
    if (!same) {
      damaged.add(name);
    }
    return same;
  }

  /** What was recorded of an object beside its file. */
  <T> Optional<T> data(String name, Class<T> type) throws InputException {
    Entry entry = entries.get(name);
    return entry == null ? Optional.empty() : Optional.of(read(type, entry.data()));
  }

  /** From now on the object counts as not finished. */
  void forget(String name) {
    entries.remove(name);
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Names of those that were found to be other than they were recorded. */
  List<String> damaged() {
    return List.copyOf(damaged);
  }

  /**
   * A record as an object.
   *
   * @throws InputException where it is none of ours
   */
  <T> T read(Class<T> type, JsonNode record) throws InputException {
    try {
      return Objects.requireNonNull(JSON.treeToValue(record, type), "null");
    } catch (JacksonException | NullPointerException e) {
      throw InputException.in(
          journal,
          "a record is none of ours",
          "start anew with --resume never, or delete the folder " + journal.getParent());
    }
  }
}
