package io.compot.evaluation.task;

import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.evaluation.data.DataFolder;
import io.compot.evaluation.request.LogLikelihoods;
import io.compot.evaluation.request.Score;
import io.compot.evaluation.request.ScoredModel;
import io.compot.evaluation.request.TokenRequest;
import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.result.TaskProtocol;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Runs tasks on one model. */
public final class TaskEvaluation {

  private static final String STAGE = "evaluate";

  private final ScoredModel model;
  private final TaskOptions options;
  private final ProgressListener listener;
  private final FinishedTasks finished;
  private final StopRequest stop;

  /** An evaluation of one model from beginning to end. */
  public TaskEvaluation(ScoredModel model, TaskOptions options, ProgressListener listener) {
    this(model, options, listener, FinishedTasks.none(), StopRequest.never());
  }

  /**
   * An evaluation of one model.
   *
   * @param finished tasks that need not be measured again
   * @param stop looked at between batches
   */
  public TaskEvaluation(
      ScoredModel model,
      TaskOptions options,
      ProgressListener listener,
      FinishedTasks finished,
      StopRequest stop) {
    this.model = model;
    this.options = options;
    this.listener = listener;
    this.finished = finished;
    this.stop = stop;
  }

  /**
   * Measures.
   *
   * @param names of tasks (see {@link StandardTasks#named}), or task files ending in {@code .yaml}
   * @param folder where data sets lie; may be null if only task files are run
   * @return figures in the order of the names, groups before their tasks
   * @throws CompotException where a name, an option or a data file is not acceptable; before any
   *     model is asked
   */
  public List<Measurement> run(List<String> names, @Nullable Path folder) throws CompotException {
    Map<TaskGroup, List<PreparedTask>> prepared = prepared(names, folder, options);
    return measure(prepared, model.maxLength(options.maxLength()));
  }

  /**
   * Refuses names, options and data that {@link #run} would refuse, without a model.
   *
   * @throws CompotException naming what is not acceptable
   */
  public static void check(List<String> names, @Nullable Path folder, TaskOptions options)
      throws CompotException {
    prepared(names, folder, options);
  }

  /** The names of the figures that were asked for, without those of a group's tasks. */
  public static List<String> told(List<String> names) throws CompotException {
    List<String> told = new ArrayList<>();
    for (String name : names) {
      told.add(
          isFile(name)
              ? UserTask.read(Path.of(name)).task().name()
              : StandardTasks.named(name).name());
    }
    return told;
  }

  private static boolean isFile(String name) {
    return name.endsWith(".yaml") || name.endsWith(".yml");
  }

  private static Map<TaskGroup, List<PreparedTask>> prepared(
      List<String> names, @Nullable Path folder, TaskOptions options) throws CompotException {
    options.check();
    Map<TaskGroup, List<PreparedTask>> prepared = new LinkedHashMap<>();
    List<UserTask> own = new ArrayList<>();
    List<TaskGroup> groups = new ArrayList<>();
    for (String name : names) {
      if (isFile(name)) {
        own.add(UserTask.read(Path.of(name)));
        groups.add(TaskGroup.single(own.getLast().task()));
      } else {
        groups.add(StandardTasks.named(name));
      }
    }
    DataFolder data = null;
    for (TaskGroup group : groups) {
      List<PreparedTask> tasks = new ArrayList<>();
      for (Task task : group.tasks()) {
        UserTask user =
            own.stream().filter(each -> each.task().equals(task)).findFirst().orElse(null);
        if (user != null) {
          tasks.add(PreparedTask.of(task, user.data(), options));
          continue;
        }
        if (folder == null) {
          throw new UsageException(
              "task %s: give the folder that holds its data".formatted(task.name()));
        }
        data = data == null ? DataFolder.open(folder) : data;
        tasks.add(PreparedTask.of(task, new TaskData.InFolder(data), options));
      }
      prepared.put(group, tasks);
    }
    return prepared;
  }

  private List<Measurement> measure(Map<TaskGroup, List<PreparedTask>> prepared, int maxLength)
      throws CompotException {
    List<Measurement> all = new ArrayList<>();
    for (var each : prepared.entrySet()) {
      List<Measurement> ofTasks = new ArrayList<>();
      for (PreparedTask task : each.getValue()) {
        ofTasks.addAll(once(task, maxLength));
      }
      each.getKey()
          .summaries()
          .forEach((name, members) -> all.add(GroupSummary.of(name, members, ofTasks)));
      all.addAll(ofTasks);
    }
    return all;
  }

  private List<Measurement> once(PreparedTask prepared, int maxLength) throws CompotException {
    String name = prepared.task().name() + ":" + prepared.task().split();
    List<Measurement> before = finished.find(name);
    if (before.isEmpty()) {
      List<Measurement> figures = measure(prepared, maxLength);
      finished.keep(name, figures);
      return figures;
    }
    TaskProtocol protocol = before.getFirst().protocol();
    if (!protocol.files().equals(prepared.files())) {
      throw new InputException(
          "task %s: it was measured before on other data (was %s, is %s); put those back to go on, or begin anew with --resume never"
              .formatted(name, new TreeMap<>(protocol.files()), new TreeMap<>(prepared.files())));
    }
    return before;
  }

  private List<Measurement> measure(PreparedTask prepared, int maxLength) throws CompotException {
    Task task = prepared.task();
    List<List<Score>> scores = scores(prepared, maxLength);
    int cut = (int) scores.stream().filter(each -> each.stream().anyMatch(Score::cut)).count();
    TaskProtocol protocol =
        new TaskProtocol(
            prepared.rules(),
            task.version(),
            task.split(),
            prepared.files(),
            prepared.documents().size(),
            prepared.available(),
            options.shots(),
            options.seed(),
            maxLength,
            cut,
            model.encoder().prefixToken(),
            model.bos(),
            model.computation().name(),
            options.bootstrap());
    List<Measurement> measurements = new ArrayList<>();
    for (Metric metric : task.metrics()) {
      List<Sample> samples = new ArrayList<>();
      for (int i = 0; i < scores.size(); i++) {
        samples.add(Judgement.of(metric, prepared.documents().get(i), scores.get(i)));
      }
      measurements.add(measurement(prepared, metric, samples, protocol));
    }
    return measurements;
  }

  private Measurement measurement(
      PreparedTask prepared, Metric metric, List<Sample> samples, TaskProtocol protocol) {
    double chance = prepared.documents().stream().mapToDouble(Document::chance).average().orElse(0);
    OptionalDouble error = metric.standardError(samples, options.bootstrap());
    boolean weighted = samples.stream().anyMatch(sample -> sample.weight() != 1);
    return new Measurement(
        prepared.task().name(),
        metric.label(),
        metric.aggregate(samples),
        error.isPresent() ? error.getAsDouble() : null,
        metric.higherIsBetter(),
        metric.isAccuracy() && chance > 0 ? chance : null,
        samples.size(),
        protocol,
        samples.stream().map(Sample::value).toList(),
        weighted ? samples.stream().map(Sample::weight).toList() : List.of());
  }

  private List<List<Score>> scores(PreparedTask prepared, int maxLength) throws CompotException {
    String name = prepared.task().name();
    long start = System.nanoTime();
    List<List<TokenRequest>> requests = prepared.requests(model.encoder(), maxLength);
    boolean pages = prepared.documents().getFirst() instanceof Document.Page;
    // Windows of one page have nothing in common, so each goes its own way.
    List<List<TokenRequest>> groups =
        pages ? requests.stream().flatMap(List::stream).map(List::of).toList() : requests;
    listener.on(new Progress.StageStarted(STAGE, groups.size()));
    var scorer = new LogLikelihoods(model.model(), maxLength, options.batchTokens());
    List<List<Score>> scores =
        scorer.score(groups, (done, share) -> step(name, done, groups.size(), share, start), stop);
    listener.on(new Progress.StageFinished(STAGE, since(start)));
    return pages ? regrouped(scores, requests) : scores;
  }

  private static List<List<Score>> regrouped(
      List<List<Score>> scores, List<List<TokenRequest>> requests) {
    List<List<Score>> pages = new ArrayList<>();
    int from = 0;
    for (List<TokenRequest> page : requests) {
      int to = from + page.size();
      pages.add(scores.subList(from, to).stream().map(List::getFirst).toList());
      from = to;
    }
    return pages;
  }

  private void step(String name, int done, int total, double share, long start) {
    Duration elapsed = since(start);
    Duration left = Duration.ofNanos((long) (elapsed.toNanos() * (1 / share - 1)));
    listener.on(new Progress.Step(STAGE, name, done, total, elapsed, left));
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
