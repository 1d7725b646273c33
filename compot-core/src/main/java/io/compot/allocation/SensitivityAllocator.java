package io.compot.allocation;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.ProfileFact;
import io.compot.error.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Our allocation, no paper's: the least expected rise of the loss under the budget, by a Lagrange
 * multiplier over all options. The rise is sensitivity · error² with the measured sensitivity of
 * each projection, or a prediction that the options carry themselves.
 *
 * <p>A sensitivity that noise made zero or negative counts as the least positive one of the model,
 * or as 1 where none is positive.
 *
 * <p>A prediction is that of a small change, and large ones turn out larger: a predicted rise r
 * counts as r(1 + r/0.05).
 *
 * @param measure {@link ErrorMeasure#LOSS_RISE} takes the prediction; a relative error is squared
 *     and weighted by the sensitivity
 */
public record SensitivityAllocator(ErrorMeasure measure) implements BudgetAllocator {

  /** Nats a token of one projection, at which a prediction counts twice. */
  private static final double LARGE = 0.05;

  /** Whitened errors, weighted by sensitivities. */
  public SensitivityAllocator() {
    this(ErrorMeasure.WHITENED);
  }

  @Override
  public String name() {
    return "sensitivity";
  }

  @Override
  public Set<ProfileFact> needs() {
    return measure == ErrorMeasure.LOSS_RISE
        ? Set.of(measure.fact())
        : Set.of(measure.fact(), ProfileFact.SENSITIVITY);
  }

  @Override
  public Allocation allocate(List<ProjectionProfile> profiles, long budget) throws UsageException {
    List<String> notes = new ArrayList<>();
    double[] weights = measure == ErrorMeasure.LOSS_RISE ? new double[0] : weights(profiles, notes);
    CheapestOptions.Cost rise =
        (i, option) -> {
          double error = option.error(measure);
          return measure == ErrorMeasure.LOSS_RISE ? error : weights[i] * error * error;
        };
    CheapestOptions.Cost cost =
        (i, option) -> {
          double expected = rise.of(i, option);
          return measure == ErrorMeasure.LOSS_RISE ? expected * (1 + expected / LARGE) : expected;
        };
    var problem = new CheapestOptions(name(), profiles, budget, cost, option -> true);
    List<CompressionOption> options = problem.choose(false);
    double total = 0;
    List<Allocation.Decision> decisions = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      double expected = rise.of(i, options.get(i));
      total += expected;
      decisions.add(
          new Allocation.Decision(
              profiles.get(i).name(),
              options.get(i),
              profiles.get(i).denseBits(),
              "expected rise of the loss %.4g".formatted(expected)));
    }
    notes.add("expected rise of the loss %.4g".formatted(total));
    notes.addAll(problem.notes());
    return new Allocation(name(), budget, decisions, notes);
  }

  private static double[] weights(List<ProjectionProfile> profiles, List<String> notes) {
    double[] weights = new double[profiles.size()];
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < weights.length; i++) {
      ProjectionProfile profile = profiles.get(i);
      weights[i] =
          profile
              .sensitivity()
              .orElseThrow(
                  () -> new IllegalArgumentException(profile.name() + " has no sensitivity"));
      if (weights[i] > 0) {
        least = Math.min(least, weights[i]);
      }
    }
    int repaired = 0;
    for (int i = 0; i < weights.length; i++) {
      if (!(weights[i] > 0)) {
        weights[i] = Double.isFinite(least) ? least : 1;
        repaired++;
      }
    }
    if (repaired > 0) {
      notes.add(
          "%d sensitivities were not positive and count as %.4g"
              .formatted(repaired, Double.isFinite(least) ? least : 1));
    }
    return weights;
  }
}
