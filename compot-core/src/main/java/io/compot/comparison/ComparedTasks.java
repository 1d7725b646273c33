package io.compot.comparison;

import io.compot.Model;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.task.FinishedTasks;
import io.compot.evaluation.task.TaskEvaluation;
import io.compot.evaluation.task.TaskOptions;
import io.compot.evaluation.vision.VisionEvaluation;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that every model of a comparison answers.
 *
 * @param names as {@code eval --tasks} takes them; none: no tasks
 * @param data folder of the data sets; null will do for task files
 * @param options shots and limits
 */
public record ComparedTasks(List<String> names, @Nullable Path data, TaskOptions options) {

  public ComparedTasks {
    names = List.copyOf(names);
  }

  /** No tasks. */
  public static ComparedTasks none() {
    return new ComparedTasks(List.of(), null, TaskOptions.defaults());
  }

  /** Whether there are any. */
  public boolean any() {
    return !names.isEmpty();
  }

  /** Refuses names, options and data that a measurement would refuse. */
  void check() throws CompotException {
    if (!read().isEmpty()) {
      TaskEvaluation.check(read(), data, options);
    }
    VisionEvaluation.check(seen(), data, options);
  }

  /** What is asked, in words. */
  String words() {
    String limit = options.limit().isPresent() ? options.limit().getAsDouble() + "" : "all";
    return any()
        ? "%s; %d shots, limit %s".formatted(String.join(",", names), options.shots(), limit)
        : "none";
  }

  private List<String> seen() {
    return names.stream().filter(VisionEvaluation::knows).toList();
  }

  private List<String> read() {
    return names.stream().filter(name -> !VisionEvaluation.knows(name)).toList();
  }

  /**
   * Measures a model; of a group of tasks what it comes to alone, of questions about images the
   * figure that is told first.
   */
  List<Measurement> measure(
      Model model, FinishedTasks finished, ProgressListener listener, StopRequest stop)
      throws CompotException {
    if (!any()) {
      return List.of();
    }
    List<String> told = TaskEvaluation.told(read());
    List<Measurement> all = new ArrayList<>();
    Set<String> begun = new HashSet<>();
    for (Measurement each : model.evaluateTasks(names, data, options, listener, finished, stop)) {
      if (VisionEvaluation.knows(each.name())
          ? begun.add(each.name())
          : told.contains(each.name())) {
        all.add(each);
      }
    }
    return all;
  }

  /**
   * Holds what was measured to the data of the original's measurement.
   *
   * @throws InputException naming the task whose data has changed
   */
  static void requireAlike(List<Measurement> original, List<Measurement> measured)
      throws InputException {
    for (int i = 0; i < measured.size(); i++) {
      var before = original.get(i).protocol().files();
      var now = measured.get(i).protocol().files();
      if (!before.equals(now)) {
        throw new InputException(
            "task %s: the original was measured on other data (was %s, is %s); put those back to go on, or compare into another folder"
                .formatted(measured.get(i).name(), new TreeMap<>(before), new TreeMap<>(now)));
      }
    }
  }
}
