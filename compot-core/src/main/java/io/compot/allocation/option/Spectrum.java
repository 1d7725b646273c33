package io.compot.allocation.option;

import java.util.Arrays;

/** Singular values of one matrix, largest first. */
public final class Spectrum {

  private final double[] values;

  private Spectrum(double[] values) {
    this.values = values;
  }

  /**
   * The singular values of a matrix.
   *
   * @param values in any order, finite and not negative, at least one
   */
  public static Spectrum of(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    if (sorted.length == 0 || !(sorted[0] >= 0) || !Double.isFinite(sorted[sorted.length - 1])) {
      throw new IllegalArgumentException(
          "singular values are finite and not negative, one or more");
    }
    for (int i = 0, j = sorted.length - 1; i < j; i++, j--) {
      double swap = sorted[i];
      sorted[i] = sorted[j];
      sorted[j] = swap;
    }
    return new Spectrum(sorted);
  }

  /** How many singular values. */
  public int size() {
    return values.length;
  }

  /** The i-th largest, from 0. */
  public double value(int i) {
    return values[i];
  }

  /** ‖W‖_F of the matrix. */
  public double norm() {
    return tail(0);
  }

  /** The Frobenius norm of what truncation to a rank loses: √(Σ_{i ≥ rank} σᵢ²). */
  public double tail(int rank) {
    double largest = rank < values.length ? values[rank] : 0;
    if (largest == 0) {
      return 0;
    }
    double sum = 0;
    for (int i = values.length - 1; i >= rank; i--) {
      sum += (values[i] / largest) * (values[i] / largest);
    }
    return largest * Math.sqrt(sum);
  }

  /** Divided by the Frobenius norm; a zero spectrum stays zero. */
  public Spectrum normalised() {
    double norm = norm();
    return norm == 0
        ? this
        : new Spectrum(Arrays.stream(values).map(value -> value / norm).toArray());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Spectrum spectrum && Arrays.equals(values, spectrum.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "Spectrum of " + values.length + ", largest " + values[0];
  }
}
