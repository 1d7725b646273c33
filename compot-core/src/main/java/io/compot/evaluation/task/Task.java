package io.compot.evaluation.task;

import io.compot.evaluation.data.Wanted;
import java.util.List;
import java.util.Optional;

/**
 * A task as it is worded and scored.
 *
 * @param version the harness's version of the task
 * @param data which files hold its data
 * @param split which split is measured
 * @param shots where few-shot examples come from; empty where there can be none
 * @param description stands before everything else
 * @param delimiter between question and answer
 */
public record Task(
    String name,
    String version,
    Wanted data,
    String split,
    Optional<Shots> shots,
    String description,
    String delimiter,
    DocumentReader reader,
    List<Metric> metrics) {

  public Task {
    metrics = List.copyOf(metrics);
  }

  static Task of(
      String name,
      String version,
      Wanted data,
      String split,
      Shots shots,
      DocumentReader reader,
      Metric... metrics) {
    return new Task(
        name, version, data, split, Optional.of(shots), "", " ", reader, List.of(metrics));
  }

  /** The same measured on another split; files that say none are then taken for the usual one. */
  Task onSplit(String other) {
    Wanted files = other.equals(split) ? data : data.withSplitsNamed();
    return new Task(name, version, files, other, shots, description, delimiter, reader, metrics);
  }
}
