package io.compot.evaluation.result;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One figure.
 *
 * @param name of the task or group, or "fidelity"
 * @param standardError null where there is none
 * @param chance what guessing would give; null where that means nothing
 * @param documents what it was measured on
 * @param protocol how
 * @param samples each document's part, in order: 0 or 1, or a log-likelihood; for groups those of
 *     their tasks, one after the other
 * @param weights each document's weight where they are not all 1, else empty
 */
public record Measurement(
    String name,
    String metric,
    double value,
    @Nullable Double standardError,
    boolean higherIsBetter,
    @Nullable Double chance,
    int documents,
    TaskProtocol protocol,
    List<Double> samples,
    List<Double> weights) {

  public Measurement {
    samples = List.copyOf(samples);
    weights = List.copyOf(weights);
  }
}
