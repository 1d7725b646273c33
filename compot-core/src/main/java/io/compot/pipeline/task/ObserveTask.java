package io.compot.pipeline.task;

import io.compot.calibration.Lengths;
import io.compot.calibration.SumFile;
import io.compot.journal.ObjectFile;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One part of the windows through one block of the original: sums its inputs' Gram matrices.
 *
 * @param block number in the only stack
 * @param lengths of the part's windows
 * @param before hidden states before the block
 * @param behind for those behind it; null where nobody wants them
 * @param grams for the part's sums, by the name of an input's first projection
 */
public record ObserveTask(
    Premises premises,
    int block,
    Lengths lengths,
    Path before,
    @Nullable Path behind,
    Map<String, SumFile> grams)
    implements CrewTask<ObserveTask.Observed> {

  /** What it gives: the states' file, and the tokens in each sum. */
  public record Observed(ObjectFile.@Nullable Written behind, Map<String, Long> tokens) {}

  @Override
  public Class<Observed> gives() {
    return Observed.class;
  }
}
