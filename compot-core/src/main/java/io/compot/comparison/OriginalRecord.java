package io.compot.comparison;

import io.compot.evaluation.fidelity.HeldOutReport;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an original, once it is known.
 *
 * @param model its name
 * @param states SHA-256 of the file of its hidden states on the held-out text
 * @param heldOut how it does there; null until that is measured
 */
record OriginalRecord(String model, String states, @Nullable HeldOutReport heldOut) {

  OriginalRecord with(HeldOutReport measured) {
    return new OriginalRecord(model, states, measured);
  }
}
