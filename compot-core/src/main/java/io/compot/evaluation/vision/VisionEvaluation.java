package io.compot.evaluation.vision;

import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.evaluation.data.DataFolder;
import io.compot.evaluation.data.DataTable;
import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.result.TaskProtocol;
import io.compot.evaluation.task.FinishedTasks;
import io.compot.evaluation.task.TaskOptions;
import io.compot.image.Picture;
import io.compot.image.Thumbnail;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Questions about images, answered by a model: MMMU (validation), OCRBench, RealWorldQA and MMStar
 * as lmms-eval 0.7.2 asks Qwen3-VL and scores its answers.
 */
public final class VisionEvaluation {

  private static final String STAGE = "evaluate";
  private static final String RULES = "lmms-eval 0.7.2";

  private static final List<VisionTask> TASKS =
      List.of(Mmmu.task(), MmStar.task(), OcrBench.task(), RealWorldQa.task());

  private final TaskOptions options;
  private final String computation;
  private final int context;
  private final ProgressListener listener;
  private final FinishedTasks finished;
  private final StopRequest stop;

  /**
   * An evaluation of one model.
   *
   * @param computation element type that it computes in
   * @param context tokens that it takes
   * @param finished tasks that need not be measured again
   * @param stop looked at between questions
   */
  public VisionEvaluation(
      TaskOptions options,
      String computation,
      int context,
      ProgressListener listener,
      FinishedTasks finished,
      StopRequest stop) {
    this.options = options;
    this.computation = computation;
    this.context = context;
    this.listener = listener;
    this.finished = finished;
    this.stop = stop;
  }

  /** The names of the tasks. */
  public static List<String> names() {
    return TASKS.stream().map(VisionTask::name).toList();
  }

  /** Whether this is the name of one. */
  public static boolean knows(String name) {
    return names().contains(name);
  }

  /** A task with its questions. */
  private record Prepared(
      VisionTask task, List<VisionItem> items, Map<String, String> files, int available) {}

  /**
   * Refuses what {@link #run} would refuse, without a model; images are not looked at.
   *
   * @throws CompotException naming what is not acceptable
   */
  public static void check(List<String> names, @Nullable Path folder, TaskOptions options)
      throws CompotException {
    for (String name : names) {
      prepared(name, folder, options);
    }
  }

  private static Prepared prepared(String name, @Nullable Path folder, TaskOptions options)
      throws CompotException {
    VisionTask task =
        TASKS.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    if (folder == null) {
      throw new UsageException("task %s: give the folder that holds its data".formatted(name));
    }
    if (options.shots() > 0) {
      throw new UsageException("task %s takes no few-shot examples".formatted(name));
    }
    DataTable table = DataFolder.open(folder).table(task.data(), task.split(), true);
    List<VisionItem> all = task.reader().read(table.rows());
    if (all.isEmpty()) {
      throw InputException.in(folder, "task " + name + " has no rows", "is it the right data?");
    }
    return new Prepared(task, all.subList(0, options.of(all.size())), table.digests(), all.size());
  }

  /**
   * Measures a task.
   *
   * @param name of {@link #names}
   * @param seer who answers
   * @throws CompotException where its data or an image is not acceptable
   */
  public List<Measurement> run(String name, @Nullable Path folder, Seer seer)
      throws CompotException {
    Prepared prepared = prepared(name, folder, options);
    List<Measurement> before = finished.find(name);
    if (!before.isEmpty()) {
      if (!before.getFirst().protocol().files().equals(prepared.files())) {
        throw new InputException(
            "task %s: it was measured before on other data; put that back to go on, or begin anew with --resume never"
                .formatted(name));
      }
      return before;
    }
    AnsweredTask answered = ask(name, prepared, seer, false);
    finished.keep(name, answered.figures());
    return answered.figures();
  }

  /**
   * Measures a task, and gives its questions and answers, too; nothing is kept.
   *
   * @param name of {@link #names}
   * @param seer who answers
   * @throws CompotException where its data or an image is not acceptable
   */
  public AnsweredTask answered(String name, @Nullable Path folder, Seer seer)
      throws CompotException {
    return ask(name, prepared(name, folder, options), seer, true);
  }

  /** SHA-256 of a task's files, by their names. */
  public static Map<String, String> digests(String name, @Nullable Path folder, TaskOptions options)
      throws CompotException {
    return prepared(name, folder, options).files();
  }

  private AnsweredTask ask(String name, Prepared prepared, Seer seer, boolean shown)
      throws CompotException {
    String told = prepared.task().metrics().getFirst().label();
    List<AnsweredTask.ImageAnswer> answers = new ArrayList<>();
    Map<String, List<VisionItem.Verdict>> verdicts = new LinkedHashMap<>();
    long start = System.nanoTime();
    int total = prepared.items().size();
    listener.on(new Progress.StageStarted(STAGE, total));
    for (int done = 0; done < total; done++) {
      stop.check();
      VisionItem item = prepared.items().get(done);
      List<Picture> pictures = RowImages.of(item);
      String answer = seer.answer(pictures, item.text(), prepared.task().maxTokens());
      Map<String, VisionItem.Verdict> judged = item.judge().of(answer);
      if (shown) {
        answers.add(
            new AnsweredTask.ImageAnswer(
                done + 1,
                pictures.stream().map(Thumbnail::of).toList(),
                item.text(),
                answer,
                Objects.requireNonNull(judged.get(told)).score()));
      }
      judged.forEach((metric, verdict) ->
          verdicts.computeIfAbsent(metric, _ -> new ArrayList<>()).add(verdict));
      Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
      listener.on(
          new Progress.Step(
              STAGE,
              name,
              done + 1,
              total,
              elapsed,
              elapsed.multipliedBy(total - done - 1).dividedBy(done + 1)));
    }
    listener.on(new Progress.StageFinished(STAGE, Duration.ofNanos(System.nanoTime() - start)));
    return new AnsweredTask(figures(prepared, verdicts), answers);
  }

  private List<Measurement> figures(
      Prepared prepared, Map<String, List<VisionItem.Verdict>> verdicts) {
    var protocol =
        new TaskProtocol(
            RULES,
            "0",
            prepared.task().split(),
            prepared.files(),
            prepared.items().size(),
            prepared.available(),
            0,
            0,
            context,
            0,
            -1,
            false,
            computation,
            0);
    List<Measurement> figures = new ArrayList<>();
    for (VisionMetric metric : prepared.task().metrics()) {
      List<VisionItem.Verdict> own = verdicts.getOrDefault(metric.label(), List.of());
      if (own.isEmpty()) {
        continue;
      }
      OptionalDouble error = metric.error(own);
      figures.add(
          new Measurement(
              prepared.task().name(),
              metric.label(),
              metric.of(own),
              error.isPresent() ? error.getAsDouble() : null,
              true,
              null,
              own.size(),
              protocol,
              own.stream().map(VisionItem.Verdict::score).toList(),
              List.of()));
    }
    return figures;
  }
}
