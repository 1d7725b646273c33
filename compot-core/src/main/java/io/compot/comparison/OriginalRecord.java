package io.compot.comparison;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.compot.TextSample;
import io.compot.evaluation.fidelity.HeldOutReport;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an original, once it is known.
 *
 * @param model its name
 * @param states SHA-256 of the file of its hidden states on the held-out text
 * @param heldOut how it does there; null until that is measured
 * @param sample how it goes on with that text; null until that is known
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record OriginalRecord(
    String model, String states, @Nullable HeldOutReport heldOut, @Nullable TextSample sample) {

  OriginalRecord with(HeldOutReport measured) {
    return new OriginalRecord(model, states, measured, sample);
  }

  OriginalRecord with(TextSample taken) {
    return new OriginalRecord(model, states, heldOut, taken);
  }
}
