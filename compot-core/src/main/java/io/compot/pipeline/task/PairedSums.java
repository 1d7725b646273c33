package io.compot.pipeline.task;

import io.compot.calibration.SumFile;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an input looks like in both models, in files.
 *
 * @param gram X′ᵀX′
 * @param drift from X to X′, as {@link io.compot.calibration.PairedInputs#driftSums} gives it
 * @param original XᵀX; null where nobody wants it
 * @param tokens in the drift, once that is known
 */
public record PairedSums(SumFile gram, SumFile drift, @Nullable SumFile original, long tokens) {

  /** The same, of so many tokens. */
  public PairedSums of(long seen) {
    return new PairedSums(gram, drift, original, seen);
  }

  /** All of them. */
  public List<SumFile> files() {
    List<SumFile> all = new ArrayList<>(List.of(gram, drift));
    if (original != null) {
      all.add(original);
    }
    return all;
  }
}
