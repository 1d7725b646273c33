package io.compot.evaluation.task;

import io.compot.error.CompotException;
import io.compot.evaluation.result.Measurement;
import java.util.List;

/** Where the figures of each task are kept, so that a measurement that ended early can go on. */
public interface FinishedTasks {

  /** The figures of a task that was measured before; empty where it was not. */
  List<Measurement> find(String task) throws CompotException;

  /** Keeps the figures of a task that has just been measured. */
  void keep(String task, List<Measurement> figures) throws CompotException;

  /** Keeps nothing. */
  static FinishedTasks none() {
    return new FinishedTasks() {
      @Override
      public List<Measurement> find(String task) {
        return List.of();
      }

      @Override
      public void keep(String task, List<Measurement> figures) {
        // Nobody will ask.
      }
    };
  }
}
