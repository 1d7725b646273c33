package io.compot.pipeline.task;

import io.compot.calibration.SumFile;
import io.compot.journal.ObjectFile;
import java.util.List;

/**
 * Adds up what parts of the windows have summed, in the parts' order.
 *
 * @param parts each of one part of the windows
 * @param into for the sum
 */
public record SumTask(Premises premises, List<SumFile> parts, SumFile into)
    implements CrewTask<ObjectFile.Written> {

  @Override
  public Class<ObjectFile.Written> gives() {
    return ObjectFile.Written.class;
  }
}
