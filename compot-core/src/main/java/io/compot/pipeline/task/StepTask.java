package io.compot.pipeline.task;

import io.compot.calibration.Lengths;
import io.compot.journal.ObjectFile;
import io.compot.plan.LayerTask;
import java.nio.file.Path;
import java.util.List;

/**
 * One part of the windows through a block that is done, in both models.
 *
 * @param block number in the only stack
 * @param lengths of the part's windows
 * @param before hidden states before it
 * @param behind for those behind it
 * @param done tasks of all its projections that have factors
 */
public record StepTask(
    Premises premises, int block, Lengths lengths, Pair before, Pair behind, List<LayerTask> done)
    implements CrewTask<StepTask.Stepped> {

  /** Of the original, and of what was compressed of it. */
  public record Pair(Path original, Path compressed) {}

  /** What it has written. */
  public record Stepped(ObjectFile.Written original, ObjectFile.Written compressed) {}

  @Override
  public Class<Stepped> gives() {
    return Stepped.class;
  }
}
