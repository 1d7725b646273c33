package io.compot.spark;

import io.compot.error.CompotException;
import io.compot.pipeline.crew.CrewWorker;
import java.io.Serializable;

/**
 * A task on its way to an executor.
 *
 * @param place in the list of tasks
 * @param json the task
 */
record SparkTask(int place, String json) implements Serializable {

  /**
   * What came of one.
   *
   * @param task its place in the list
   */
  record Done(int task, String result) implements Serializable {}

  /** A task failed on an executor, where Spark tries again. */
  static final class Failed extends RuntimeException {

    private static final long serialVersionUID = 1;

    Failed(CompotException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** Does it, on an executor. */
  Done perform() {
    try {
      return new Done(place, CrewWorker.perform(json));
    } catch (CompotException e) {
      throw new Failed(e);
    }
  }
}
