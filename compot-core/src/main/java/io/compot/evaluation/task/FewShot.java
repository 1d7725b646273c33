package io.compot.evaluation.task;

import io.compot.error.UsageException;
import io.compot.evaluation.python.PythonRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * Few-shot examples as lm-evaluation-harness 0.4.9 draws them ({@code api/samplers.py}): anew for
 * each document, in the order of the documents, from one generator a task.
 */
final class FewShot {

  private static final String BETWEEN = "\n\n";

  private final Task task;
  private final Shots shots;
  private final List<Example> pool;
  private final int count;
  private final PythonRandom random;

  /**
   * @param pool the split that examples come from
   * @param count examples before each document
   */
  FewShot(Task task, Shots shots, List<Example> pool, int count, long seed) throws UsageException {
    this.task = task;
    this.shots = shots;
    this.pool = pool;
    this.count = count;
    this.random = new PythonRandom(seed);
    if (drawn() > pool.size()) {
      throw new UsageException(
          "task %s: %d shots need %d documents of split %s, which has %d; ask for fewer"
              .formatted(task.name(), count, drawn(), shots.split(), pool.size()));
    }
  }

  private int drawn() {
    return shots.oneMore() ? count + 1 : count;
  }

  /** The examples that stand before the next document, each followed by an empty line. */
  String before(Example next) {
    List<Example> chosen = new ArrayList<>();
    if (shots.drawn()) {
      random.sample(pool.size(), drawn()).forEach(index -> chosen.add(pool.get(index)));
    } else {
      chosen.addAll(pool.subList(0, count));
    }
    var text = new StringBuilder();
    chosen.stream()
        .filter(example -> !example.source().equals(next.source()))
        .limit(count)
        .forEach(
            example -> text.append(example.document().example(task.delimiter())).append(BETWEEN));
    return text.toString();
  }
}
