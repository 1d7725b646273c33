package io.compot.result;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.compot.method.SampledSpectrum;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of one projection.
 *
 * @param method that made the factors
 * @param form what stands in the weight's place, by the name of its kind: sparse, low-rank, ...
 * @param size of that, in words: "k 66, s 33" or "rank 25"
 * @param facts the same in numbers, the most telling first: k and s, or rank
 * @param bits on disk
 * @param bitsByPart the same by what they hold: dictionary, values, mask, or left, right
 * @param ratio fraction of the dense weight's bits that went
 * @param why the allocation's reason for this ratio, in a few words
 * @param relativeError of the factors as stored
 * @param iterationErrors relative error after each iteration, before rounding, of what the method
 *     minimises; empty for closed-form methods
 * @param spectrum singular values of what was factorised; null where the method has not found them
 * @param seconds of the factorisation alone
 * @param whitening step taken: none, cholesky, damped, eigen
 * @param damping what that step added to the diagonal, or its eigenvalues' floor, relative; 0 where
 *     it added nothing
 * @param rescued atoms or ranks that the stored type holds only because their magnitude was shared
 *     out between the two factors
 */
public record LayerReport(
    String name,
    String method,
    long in,
    long out,
    String form,
    String size,
    Map<String, Long> facts,
    long bits,
    @JsonProperty("bits_by_part") Map<String, Long> bitsByPart,
    double ratio,
    String why,
    @JsonProperty("relative_error") RelativeError relativeError,
    int iterations,
    @JsonProperty("iteration_errors") List<Double> iterationErrors,
    @Nullable SampledSpectrum spectrum,
    double seconds,
    String whitening,
    double damping,
    long rescued) {

  /** The whitened error of the weight, or the plain one where there was no Gram matrix. */
  public double error() {
    Double whitened = relativeError.whitened();
    return whitened != null ? whitened : relativeError.weight();
  }

  /**
   * Errors of the stored factors against the original weight W, and against what was factorised.
   *
   * @param whitened ‖L(W−W̃)‖/‖LW‖; null where there was no Gram matrix
   * @param weight ‖W−W̃‖/‖W‖
   * @param target ‖L(W*−W̃)‖/‖LW*‖ where a target W*, which makes up for the compressed prefix, was
   *     factorised in place of W; else null
   */
  public record RelativeError(@Nullable Double whitened, double weight, @Nullable Double target) {}
}
