package io.compot.method;

import io.compot.form.Packed;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Factors and what they cost. Errors are of the factors as stored, after rounding.
 *
 * @param factors what replaces the weight, owned by whoever holds this result
 * @param whitenedError ‖L(W−W̃)‖_F / ‖LW‖_F with LᵀL = G; empty where there was no Gram matrix
 * @param weightError ‖W−W̃‖_F / ‖W‖_F
 * @param targetError ‖L(W*−W̃)‖_F / ‖LW*‖_F where a target W* was factorised in place of W; else
 *     empty
 * @param iterationErrors relative whitened error after each iteration, before rounding; empty for
 *     closed-form methods
 * @param spectrum singular values of what was factorised (the whitened weight, or what the method
 *     takes in its place), where the method has found them on its way
 * @param whitening the step of the whitening ladder that was taken: none, cholesky, damped, eigen
 * @param rescued atoms or ranks that the stored type would not have held as they came out: too
 *     large, or too small for their digits; sharing a power of two out between the factors made
 *     them fit
 */
public record Factorisation(
    Packed factors,
    OptionalDouble whitenedError,
    double weightError,
    OptionalDouble targetError,
    List<Double> iterationErrors,
    Optional<SampledSpectrum> spectrum,
    String whitening,
    long rescued)
    implements AutoCloseable {

  public Factorisation {
    iterationErrors = List.copyOf(iterationErrors);
  }

  /** Rounds done by an iterative method; 0 for closed-form ones. */
  public int iterations() {
    return iterationErrors.size();
  }

  /** The same with another word for how the inputs were whitened. */
  public Factorisation withWhitening(String word) {
    return new Factorisation(
        factors, whitenedError, weightError, targetError, iterationErrors, spectrum, word, rescued);
  }

  /** The same with all singular values of what was factorised, largest first; none: unknown. */
  public Factorisation withSpectrum(List<Double> descending) {
    return withSpectrum(
        descending.isEmpty() ? Optional.empty() : Optional.of(SampledSpectrum.of(descending)));
  }

  /** The same with the singular values of what was factorised. */
  public Factorisation withSpectrum(Optional<SampledSpectrum> known) {
    return new Factorisation(
        factors,
        whitenedError,
        weightError,
        targetError,
        iterationErrors,
        known,
        whitening,
        rescued);
  }

  @Override
  public void close() {
    factors.close();
  }
}
