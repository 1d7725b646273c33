package io.compot.comparison;

import io.compot.Model;
import io.compot.TextSample;
import io.compot.error.CompotException;
import io.compot.evaluation.fidelity.HeldOutReport;
import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.task.FinishedTasks;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import java.util.List;

/**
 * What was measured of a model that was made from an original.
 *
 * @param tasks in the order in which they were asked for
 */
record MeasuredModel(HeldOutReport heldOut, List<TaskFigure> tasks, TextSample sample) {

  static MeasuredModel of(
      Model model,
      ComparedOriginal original,
      ComparedTasks tasks,
      FinishedTasks finished,
      ProgressListener listener,
      StopRequest stop)
      throws CompotException {
    HeldOutReport heldOut = model.measure(original.text(), listener, stop);
    List<Measurement> figures = tasks.measure(model, finished, listener, stop);
    ComparedTasks.requireAlike(original.tasks(), figures);
    return new MeasuredModel(
        heldOut, TaskFigure.of(figures), TextSample.of(model, original.sample().prompt()));
  }
}
