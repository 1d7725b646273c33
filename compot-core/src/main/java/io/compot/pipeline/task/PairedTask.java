package io.compot.pipeline.task;

import io.compot.calibration.Lengths;
import io.compot.plan.LayerTask;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One part of the windows through a block of the original and of what was compressed of it so far:
 * sums what some inputs look like in both.
 *
 * @param block number in the only stack
 * @param lengths of the part's windows
 * @param original hidden states before the block in the original
 * @param compressed those behind the compressed blocks
 * @param done tasks of the block's projections that stand before the inputs, with their factors
 * @param sums for the part's sums, by the name of an input's first projection
 */
public record PairedTask(
    Premises premises,
    int block,
    Lengths lengths,
    Path original,
    Path compressed,
    List<LayerTask> done,
    Map<String, PairedSums> sums)
    implements CrewTask<PairedTask.Observed> {

  /** Tokens in each drift, by the name of an input's first projection. */
  public record Observed(Map<String, Long> tokens) {}

  @Override
  public Class<Observed> gives() {
    return Observed.class;
  }
}
