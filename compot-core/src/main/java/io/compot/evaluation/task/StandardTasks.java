package io.compot.evaluation.task;

import static io.compot.evaluation.task.Metric.ACC;
import static io.compot.evaluation.task.Metric.ACC_BYTES;
import static io.compot.evaluation.task.Metric.ACC_NORM;

import io.compot.error.UsageException;
import io.compot.evaluation.data.Wanted;
import io.compot.text.Nearest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The tasks that are known by name, worded as lm-evaluation-harness 0.4.9 words them. */
public final class StandardTasks {

  private static final Set<String> SPLITS = Set.of("train", "validation", "test", "dev");
  private static final Map<String, TaskGroup> GROUPS = groups();

  private StandardTasks() {}

  /** All names, MMLU's single subjects left out. */
  public static List<String> names() {
    return GROUPS.keySet().stream()
        .filter(name -> !name.startsWith("mmlu_") || Mmlu.SUBJECTS.containsKey(name))
        .toList();
  }

  /**
   * The tasks of a name.
   *
   * @param name as {@code piqa}; {@code sciq:validation} measures another split than the harness
   * @throws UsageException naming what is known, where this is not
   */
  public static TaskGroup named(String name) throws UsageException {
    int colon = name.indexOf(':');
    String plain = colon < 0 ? name : name.substring(0, colon);
    TaskGroup group = GROUPS.get(plain);
    if (group == null) {
      throw new UsageException(
          "there is no task %s%s; choose from %s, or give a task file ending in .yaml"
              .formatted(
                  plain,
                  Nearest.of(plain, GROUPS.keySet())
                      .map(near -> ", did you mean " + near + "?")
                      .orElse(""),
                  String.join(", ", names())));
    }
    if (colon < 0) {
      return group;
    }
    String split = name.substring(colon + 1);
    if (!SPLITS.contains(split)) {
      throw new UsageException(
          "task %s: there is no split %s; choose train, validation, dev or test"
              .formatted(plain, split));
    }
    return group.onSplit(split);
  }

  private static Map<String, TaskGroup> groups() {
    Map<String, TaskGroup> groups = new TreeMap<>();
    for (Task task : single()) {
      groups.put(task.name(), TaskGroup.single(task));
    }
    Map<String, List<String>> summaries = new LinkedHashMap<>();
    List<Task> subjects = new ArrayList<>();
    summaries.put(Mmlu.NAME, new ArrayList<>());
    Mmlu.SUBJECTS.forEach((group, names) -> {
      List<Task> tasks = names.stream().map(Mmlu::subject).toList();
      List<String> members = tasks.stream().map(Task::name).toList();
      tasks.forEach(task -> groups.put(task.name(), TaskGroup.single(task)));
      groups.put(group, new TaskGroup(group, tasks, Map.of(group, members)));
      summaries.put(group, members);
      summaries.get(Mmlu.NAME).addAll(members);
      subjects.addAll(tasks);
    });
    groups.put(Mmlu.NAME, new TaskGroup(Mmlu.NAME, subjects, summaries));
    return groups;
  }

  private static List<Task> single() {
    return List.of(
        Task.of(
            "arc_challenge",
            "1.0",
            arc("arc_challenge", "ARC-Challenge"),
            "test",
            Shots.drawn("train"),
            DocumentReader.each(Arc::document),
            ACC,
            ACC_NORM,
            ACC_BYTES),
        Task.of(
            "arc_easy",
            "1.0",
            arc("arc_easy", "ARC-Easy"),
            "test",
            Shots.drawn("train"),
            DocumentReader.each(Arc::document),
            ACC,
            ACC_NORM,
            ACC_BYTES),
        Task.of(
            "boolq",
            "2.0",
            Wanted.of("boolq"),
            "validation",
            Shots.drawnWithoutTestSplit("train"),
            DocumentReader.each(BoolQ::document),
            ACC),
        Task.of(
            "hellaswag",
            "1.0",
            Wanted.of("hellaswag"),
            "validation",
            Shots.drawnWithoutTestSplit("train"),
            DocumentReader.each(HellaSwag::document),
            ACC,
            ACC_NORM,
            ACC_BYTES),
        Task.of(
            "lambada_openai",
            "1.0",
            Wanted.of("lambada_openai").config("default"),
            "test",
            Shots.drawn("test"),
            DocumentReader.each(LambadaOpenAi::document),
            Metric.PERPLEXITY,
            ACC),
        Task.of(
            "openbookqa",
            "1.0",
            Wanted.of("openbookqa", "openbook_qa").config("main"),
            "test",
            Shots.drawn("train"),
            DocumentReader.each(OpenBookQa::document),
            ACC,
            ACC_NORM,
            ACC_BYTES),
        Task.of(
            "piqa",
            "1.0",
            Wanted.of("piqa"),
            "validation",
            Shots.drawnWithoutTestSplit("train"),
            DocumentReader.each(Piqa::document),
            ACC,
            ACC_NORM,
            ACC_BYTES),
        Task.of(
            "race",
            "3.0",
            Wanted.of("race").config("high"),
            "test",
            Shots.drawn("test"),
            Race::read,
            ACC),
        Task.of(
            "sciq",
            "1.0",
            Wanted.of("sciq"),
            "test",
            Shots.drawn("train"),
            DocumentReader.each(SciQ::document),
            ACC,
            ACC_NORM,
            ACC_BYTES),
        new Task(
            "wikitext",
            "2.0",
            Wanted.of("wikitext", "wiki", "wikitext_document_level", "wikitext2")
                .config("wikitext-2-raw-v1"),
            "test",
            Optional.empty(),
            "",
            "",
            DocumentReader.each(WikiText::document),
            List.of(Metric.WORD_PERPLEXITY, Metric.BYTE_PERPLEXITY, Metric.BITS_PER_BYTE)),
        Task.of(
            "winogrande",
            "1.0",
            Wanted.of("winogrande").config("winogrande_xl"),
            "validation",
            Shots.drawnWithoutTestSplit("train"),
            DocumentReader.each(WinoGrande::document),
            ACC));
  }

  /** Both parts lie in one folder of the hub. */
  private static Wanted arc(String name, String config) {
    return Wanted.of(name, config).config(config);
  }
}
