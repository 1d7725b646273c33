package io.compot.comparison;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.task.FinishedTasks;
import io.compot.journal.Journal;
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

/**
 * The results of a comparison as they come, in a journal: the facts that they rest on, what is
 * known of originals, and rows. Each is on disk before the next cell begins, so a process that is
 * killed loses the cell it worked on and no more.
 */
public final class ResultsJournal implements AutoCloseable {

  /** The file in a comparison's folder. */
  public static final String NAME = "results.jsonl";

  private static final String ADVICE = "choose another folder, or remove the file";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** One record: one of them. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Line(
      @Nullable Map<String, String> facts,
      @Nullable OriginalRecord original,
      @Nullable TaskRecord task,
      @Nullable ComparisonRow row) {}

  /** A task's figures of one model, under a key of what decides them. */
  private record TaskRecord(String key, String task, List<Measurement> figures) {}

  private final Path file;
  private final Journal journal;
  private final Map<String, String> facts = new LinkedHashMap<>();
  private final Map<String, OriginalRecord> originals = new LinkedHashMap<>();
  private final List<TaskRecord> tasks = new ArrayList<>();
  private final List<ComparisonRow> rows = new ArrayList<>();

  private ResultsJournal(Path file, Journal journal) {
    this.file = file;
    this.journal = journal;
  }

  /**
   * Opens the journal of a folder, or begins one.
   *
   * @throws InputException where the file is none
   */
  public static ResultsJournal open(Path folder) throws CompotException {
    Path file = folder.resolve(NAME);
    Journal.Contents contents = Journal.read(file, ADVICE);
    var results = new ResultsJournal(file, Journal.append(file, contents.end()));
    boolean read = false;
    try {
      for (JsonNode record : contents.records()) {
        results.remember(record);
      }
      read = true;
      return results;
    } finally {
      if (!read) {
        results.close();
      }
    }
  }

  private void remember(JsonNode record) throws InputException {
    try {
      Line line = JSON.treeToValue(record, Line.class);
      if (line.facts() != null) {
        facts.putAll(Map.copyOf(line.facts())); // which takes no nulls
      } else if (line.original() != null) {
        originals.put(line.original().model(), line.original());
      } else if (line.task() != null) {
        tasks.add(line.task());
      } else {
        rows.add(Objects.requireNonNull(line.row(), "a line without facts or row"));
      }
    } catch (JacksonException | NullPointerException e) {
      throw new InputException(file + ": this is no journal of a comparison; " + ADVICE, e);
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
      append(new Line(fresh, null, null, null));
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

  /** What is known of a model's original. */
  Optional<OriginalRecord> original(String model) {
    return Optional.ofNullable(originals.get(model));
  }

  /** Adds what is known of an original, in place of what was. */
  void add(OriginalRecord original) throws FailureException {
    append(new Line(null, original, null, null));
    originals.put(original.model(), original);
  }

  /** The tasks of a model that are measured, by a key of what decides them. */
  FinishedTasks tasks(String key) {
    return new FinishedTasks() {
      @Override
      public List<Measurement> find(String task) {
        return tasks.stream()
            .filter(each -> each.key().equals(key) && each.task().equals(task))
            .findFirst()
            .map(TaskRecord::figures)
            .orElse(List.of());
      }

      @Override
      public void keep(String task, List<Measurement> figures) throws CompotException {
        var kept = new TaskRecord(key, task, figures);
        append(new Line(null, null, kept, null));
        tasks.add(kept);
      }
    };
  }

  /** The figures of all tasks under a key. */
  List<Measurement> taskFigures(String key) {
    return tasks.stream()
        .filter(each -> each.key().equals(key))
        .flatMap(each -> each.figures().stream())
        .toList();
  }

  /** Whether a model that was there before has its row. */
  boolean holds(ComparedModel model, Path file) {
    return rows.stream().anyMatch(row -> row.of(model, file));
  }

  /** Adds a row and brings it to disk. */
  void add(ComparisonRow row) throws FailureException {
    append(new Line(null, null, null, row));
    rows.add(row);
  }

  private void append(Line line) throws FailureException {
    journal.add(List.of(JSON.<JsonNode>valueToTree(line)));
  }

  @Override
  public void close() {
    journal.close();
  }
}
