package io.compot.cli;

import io.compot.Computation;
import io.compot.Model;
import io.compot.error.CompotException;
import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.result.ResultsFile;
import io.compot.evaluation.vision.AnsweredTask;
import io.compot.evaluation.vision.AnsweredTask.ImageAnswer;
import io.compot.evaluation.vision.VisionEvaluation;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Tasks about images with what was answered, by a model and by the one it was made from.
 *
 * @param original null where there is none
 */
record SeenTasks(
    TaskChoice tasks,
    @Nullable Path original,
    Computation computation,
    ProgressListener progress,
    EvalWork work,
    StopRequest stop) {

  /** Questions of a task whose images results and page keep, of some kilobytes each. */
  private static final int MOST_SHOWN = 100;

  /** Whether a task is about images. */
  static boolean knows(String task) {
    return VisionEvaluation.knows(task);
  }

  /**
   * Measures tasks, and gives them as JSON figures; the first of each task has its answers.
   *
   * @param printer is told whose figures come, and the figures
   */
  List<Map<String, Object>> measure(
      List<String> names, Model model, BiConsumer<String, List<Measurement>> printer)
      throws CompotException {
    VisionEvaluation.check(names, tasks.data(), tasks.options());
    List<AnsweredTask> first = new ArrayList<>();
    if (original != null) {
      try (Model reference = Model.load(original, computation)) {
        for (String name : names) {
          first.add(once(name, "original", reference));
        }
      }
      printer.accept("original", figures(first));
    }
    List<AnsweredTask> own = new ArrayList<>();
    for (String name : names) {
      own.add(once(name, "this model", model));
    }
    printer.accept("this model", figures(own));
    List<Map<String, Object>> all = new ArrayList<>();
    for (int task = 0; task < own.size(); task++) {
      int from = all.size();
      own.get(task).figures().forEach(each -> all.add(ResultsFile.entry(each)));
      all.get(from)
          .put("answers", answers(own.get(task), first.isEmpty() ? null : first.get(task)));
    }
    return all;
  }

  /** Kept under the digests of the data, so that other data are asked about anew. */
  private AnsweredTask once(String name, String whose, Model model) throws CompotException {
    int data = VisionEvaluation.digests(name, tasks.data(), tasks.options()).hashCode();
    return work.once(
        "%s, %s, data %08x".formatted(name, whose, data),
        AnsweredTask.class,
        () -> model.answerTask(name, tasks.data(), tasks.options(), progress, stop));
  }

  private static List<Measurement> figures(List<AnsweredTask> tasks) {
    return tasks.stream().flatMap(each -> each.figures().stream()).toList();
  }

  /** Images stand beside the first questions, those first whose answers are worth other things. */
  private static List<Map<String, Object>> answers(AnsweredTask own, @Nullable AnsweredTask first) {
    List<Map<String, Object>> all = new ArrayList<>();
    Set<Integer> shown = shown(own, first);
    for (int i = 0; i < own.answers().size(); i++) {
      ImageAnswer each = own.answers().get(i);
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("row", each.row());
      one.put("images", shown.contains(i) ? each.images() : List.of());
      one.put("question", each.question());
      one.put("answer", each.answer());
      one.put("score", each.score());
      if (first != null) {
        one.put("original", first.answers().get(i).answer());
        one.put("original_score", first.answers().get(i).score());
      }
      all.add(one);
    }
    return all;
  }

  private static Set<Integer> shown(AnsweredTask own, @Nullable AnsweredTask first) {
    return IntStream.range(0, own.answers().size())
        .boxed()
        .sorted(
            Comparator.comparing(i ->
                first == null || own.answers().get(i).score() == first.answers().get(i).score()))
        .limit(MOST_SHOWN)
        .collect(Collectors.toSet());
  }
}
