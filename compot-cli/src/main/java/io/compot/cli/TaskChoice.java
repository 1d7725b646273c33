package io.compot.cli;

import io.compot.comparison.ComparedTasks;
import io.compot.error.UsageException;
import io.compot.evaluation.task.TaskOptions;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which tasks models answer, the same for {@code eval} and {@code compare}. */
final class TaskChoice {

  @Option(
      names = "--tasks",
      paramLabel = "NAME",
      split = ",",
      description =
          "piqa, hellaswag, lambada_openai, arc_easy, arc_challenge, sciq, race, mmlu, boolq,"
              + " winogrande, openbookqa, wikitext; of models that see mmmu_val, mmstar, ocrbench,"
              + " realworldqa; or task files ending in .yaml."
              + " sciq:validation measures another split than the harness.")
  private List<String> names = List.of();

  @Option(
      names = "--task-data",
      paramLabel = "FOLDER",
      description =
          "Where the tasks' data lie: the hub's parquet folders, or files such as"
              + " piqa_validation.jsonl.")
  private @Nullable Path data;

  @Option(
      names = "--shots",
      paramLabel = "N",
      defaultValue = "0",
      description = "Examples before each document. Default: ${DEFAULT-VALUE}.")
  private int shots;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description =
          "Only the first N documents of each task; below 1 a fraction of them. Default: all.")
  private @Nullable BigDecimal limit;

  @Option(
      names = "--batch-tokens",
      paramLabel = "N",
      defaultValue = "4096",
      description = "Tokens that go through the model together. Default: ${DEFAULT-VALUE}.")
  private int batchTokens;

  /** Whether there are tasks to run. */
  boolean asked() {
    return !names.isEmpty();
  }

  /** Refuses what makes no sense without tasks. */
  void check() throws UsageException {
    if (!asked() && (data != null || limit != null || shots != 0)) {
      throw new UsageException(
          "--task-data, --limit and --shots need tasks: give --tasks NAME,...");
    }
  }

  List<String> names() {
    return names;
  }

  @Nullable Path data() {
    return data;
  }

  TaskOptions options() {
    TaskOptions options = TaskOptions.defaults().withShots(shots).withBatchTokens(batchTokens);
    return limit == null ? options : options.withLimit(limit.doubleValue());
  }

  /** The same for all models of a comparison. */
  ComparedTasks compared() throws UsageException {
    check();
    return new ComparedTasks(names, data, options());
  }

  /** Task files among the names. */
  List<Path> files() {
    return names.stream().filter(name -> name.endsWith(".yaml")).map(Path::of).toList();
  }

  /** Adds what decides the figures to what work must have in common to be resumed. */
  void fingerprint(Map<String, String> settings) {
    settings.put("tasks", String.join(",", names));
    settings.put("shots", Integer.toString(shots));
    settings.put("limit", limit == null ? "all" : limit.toPlainString());
    settings.put("batch-tokens", Integer.toString(batchTokens));
  }
}
