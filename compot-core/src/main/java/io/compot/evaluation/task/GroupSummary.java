package io.compot.evaluation.task;

import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.result.TaskProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Accuracy over several tasks, each weighing as much as it has documents, with the pooled standard
 * error ({@code aggregate_subtask_metrics} and {@code pooled_sample_stderr} of the harness).
 */
final class GroupSummary {

  private static final String VERSION = "2";

  private GroupSummary() {}

  static Measurement of(String name, List<String> members, List<Measurement> all) {
    List<Measurement> tasks = all.stream().filter(each -> members.contains(each.name())).toList();
    int documents = tasks.stream().mapToInt(Measurement::documents).sum();
    double sum = tasks.stream().mapToDouble(each -> each.value() * each.documents()).sum();
    double chance =
        tasks.stream()
            .mapToDouble(each -> each.chance() == null ? 0 : each.chance() * each.documents())
            .sum();
    Measurement first = tasks.getFirst();
    return new Measurement(
        name,
        first.metric(),
        sum / documents,
        error(tasks),
        first.higherIsBetter(),
        chance / documents,
        documents,
        protocol(tasks),
        tasks.stream().flatMap(each -> each.samples().stream()).toList(),
        List.of());
  }

  private static @Nullable Double error(List<Measurement> tasks) {
    List<Double> errors = new ArrayList<>();
    for (Measurement task : tasks) {
      Double error = task.standardError();
      if (error == null) {
        return null;
      }
      errors.add(error);
    }
    return StandardError.pooled(errors, tasks.stream().map(Measurement::documents).toList());
  }

  private static TaskProtocol protocol(List<Measurement> tasks) {
    TaskProtocol first = tasks.getFirst().protocol();
    Map<String, String> files = new TreeMap<>();
    tasks.forEach(task -> files.putAll(task.protocol().files()));
    return new TaskProtocol(
        first.harness(),
        VERSION,
        first.split(),
        files,
        tasks.stream().mapToInt(Measurement::documents).sum(),
        tasks.stream().mapToInt(task -> task.protocol().available()).sum(),
        first.shots(),
        first.seed(),
        first.maxLength(),
        tasks.stream().mapToInt(task -> task.protocol().cut()).sum(),
        first.prefixToken(),
        first.bos(),
        first.computation(),
        first.bootstrap());
  }
}
