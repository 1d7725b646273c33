package io.compot.evaluation.task;

import java.util.List;
import java.util.Map;

/**
 * Tasks that are asked for by one name.
 *
 * @param tasks in the order they run; for a single task just this one
 * @param summaries groups over the tasks whose accuracies are averaged by the number of documents,
 *     by name, with the names of their tasks; empty for a single task
 */
public record TaskGroup(String name, List<Task> tasks, Map<String, List<String>> summaries) {

  public TaskGroup {
    tasks = List.copyOf(tasks);
  }

  static TaskGroup single(Task task) {
    return new TaskGroup(task.name(), List.of(task), Map.of());
  }

  TaskGroup onSplit(String split) {
    return new TaskGroup(name, tasks.stream().map(task -> task.onSplit(split)).toList(), summaries);
  }
}
