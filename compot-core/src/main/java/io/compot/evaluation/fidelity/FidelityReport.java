package io.compot.evaluation.fidelity;

import java.util.List;

/**
 * How far a model is from its original on a text. All are zero, and agreement one, for a model
 * against itself.
 *
 * @param klDivergence mean of KL(original ‖ model) over the next-token distributions, in nats
 * @param klStandardError of that mean, over windows; NaN for a single window
 * @param topAgreement share of positions where both name the same likeliest token
 * @param hiddenStateErrors ‖h̃ − h‖ / ‖h‖ over all positions, first of the embedding, then of the
 *     output of each block
 * @param window tokens a window; windows do not overlap, the last one may be shorter
 * @param windows windows measured
 * @param positions tokens measured
 * @param windowDivergences mean KL divergence of each window, for paired comparisons
 */
public record FidelityReport(
    double klDivergence,
    double klStandardError,
    double topAgreement,
    List<Double> hiddenStateErrors,
    int window,
    int windows,
    long positions,
    List<Double> windowDivergences) {

  public FidelityReport {
    hiddenStateErrors = List.copyOf(hiddenStateErrors);
    windowDivergences = List.copyOf(windowDivergences);
  }
}
