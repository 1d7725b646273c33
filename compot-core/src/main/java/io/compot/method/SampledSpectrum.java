package io.compot.method;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Some of a matrix's singular values, to look at: as many as a picture can show.
 *
 * @param size how many singular values there are
 * @param ranks places of the values, from 1 to {@code size}, ascending
 * @param values σ at those places over the largest σ, in [0, 1]; rounded to five digits
 */
public record SampledSpectrum(int size, List<Integer> ranks, List<Double> values) {

  private static final int POINTS = 64;
  private static final MathContext DIGITS = new MathContext(5);

  public SampledSpectrum {
    ranks = List.copyOf(ranks);
    values = List.copyOf(values);
  }

  /**
   * Samples a spectrum at even distances, first and last value included.
   *
   * @param descending all singular values, largest first, at least one
   */
  public static SampledSpectrum of(List<Double> descending) {
    int size = descending.size();
    int points = Math.min(size, POINTS);
    double step = points == 1 ? 0 : (size - 1.0) / (points - 1);
    List<Integer> ranks =
        IntStream.range(0, points)
            .mapToObj(i -> 1 + Math.toIntExact(Math.round(i * step)))
            .toList();
    double largest = descending.getFirst();
    List<Double> values =
        ranks.stream()
            .map(rank -> largest == 0 ? 0 : rounded(descending.get(rank - 1) / largest))
            .toList();
    return new SampledSpectrum(size, ranks, values);
  }

  private static double rounded(double value) {
    return new BigDecimal(value).round(DIGITS).doubleValue();
  }
}
