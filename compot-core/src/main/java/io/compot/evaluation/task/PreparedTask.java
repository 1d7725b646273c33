package io.compot.evaluation.task;

import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.evaluation.data.DataTable;
import io.compot.evaluation.request.PairEncoder;
import io.compot.evaluation.request.Prompt;
import io.compot.evaluation.request.TokenRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A task with its documents read and its prompts written, before any model is asked.
 *
 * @param documents those that are measured
 * @param prompts of each document
 * @param files digests of what was read
 * @param available documents of the split
 * @param rules whose wording and scoring is followed
 */
record PreparedTask(
    Task task,
    List<Document> documents,
    List<List<Prompt>> prompts,
    Map<String, String> files,
    int available,
    String rules) {

  private static final String HARNESS = "lm-evaluation-harness 0.4.9";
  private static final String OWN = "task file";

  static PreparedTask of(Task task, TaskData data, TaskOptions options) throws CompotException {
    DataTable table = data.table(task, task.split());
    List<Example> all = task.reader().read(table.rows());
    if (all.isEmpty()) {
      throw new InputException(
          "task %s: its data (%s) holds no document for it; is it the right file?"
              .formatted(task.name(), String.join(", ", table.digests().keySet())));
    }
    List<Example> examples = all.subList(0, options.of(all.size()));
    Map<String, String> files = new TreeMap<>(table.digests());
    List<List<Prompt>> prompts = new ArrayList<>();
    FewShot fewShot = null;
    if (options.shots() > 0) {
      Shots shots = shots(task);
      DataTable pool = data.table(task, shots.split());
      files.putAll(pool.digests());
      fewShot =
          new FewShot(
              task, shots, task.reader().read(pool.rows()), options.shots(), options.seed());
    }
    for (Example example : examples) {
      String before = task.description() + (fewShot == null ? "" : fewShot.before(example));
      prompts.add(example.document().prompts(before, task.delimiter()));
    }
    List<Document> documents = examples.stream().map(Example::document).toList();
    String rules =
        switch (data) {
          case TaskData.InFolder _ -> HARNESS;
          case TaskData.InFiles _ -> OWN;
        };
    return new PreparedTask(task, documents, prompts, files, all.size(), rules);
  }

  private static Shots shots(Task task) throws UsageException {
    return task.shots()
        .orElseThrow(
            () -> new UsageException("task %s takes no few-shot examples".formatted(task.name())));
  }

  /** The requests of each document. */
  List<List<TokenRequest>> requests(PairEncoder encoder, int maxLength) throws InputException {
    List<List<TokenRequest>> requests = new ArrayList<>();
    for (int i = 0; i < documents.size(); i++) {
      List<TokenRequest> own = new ArrayList<>();
      if (documents.get(i) instanceof Document.Page page) {
        own.addAll(encoder.rolling(page.text(), maxLength));
      } else {
        for (Prompt prompt : prompts.get(i)) {
          own.add(encoder.encode(prompt));
        }
      }
      requests.add(own);
    }
    return requests;
  }
}
