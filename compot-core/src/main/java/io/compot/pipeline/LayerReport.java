package io.compot.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What became of one projection.
 *
 * @param k atoms; null for other than sparse factors
 * @param s nonzeros a code row, the floor of nonzeros/out where rows differ
 * @param rank of low-rank factors; null for others
 * @param nonzeros stored values of the code; null for other than sparse factors
 * @param bits of the factors on disk
 * @param ratio fraction of the dense weight's bits that went
 * @param why the allocation's reason for this ratio, in a few words
 * @param relativeError of the factors as stored
 * @param seconds of the factorisation alone
 * @param whitening step taken: none, cholesky, damped, eigen
 */
public record LayerReport(
    String name,
    long in,
    long out,
    @Nullable Long k,
    @Nullable Long s,
    @Nullable Long rank,
    @Nullable Long nonzeros,
    long bits,
    double ratio,
    String why,
    @JsonProperty("relative_error") RelativeError relativeError,
    int iterations,
    double seconds,
    String whitening) {

  /** The whitened error, or that of the weight where there was no Gram matrix. */
  public double error() {
    Double whitened = relativeError.whitened();
    return whitened != null ? whitened : relativeError.weight();
  }

  /**
   * Errors of the stored factors.
   *
   * @param whitened ‖L(W−W̃)‖/‖LW‖; null where there was no Gram matrix
   * @param weight ‖W−W̃‖/‖W‖
   */
  public record RelativeError(@Nullable Double whitened, double weight) {}
}
