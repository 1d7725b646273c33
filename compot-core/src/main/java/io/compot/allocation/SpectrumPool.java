package io.compot.allocation;

import io.compot.allocation.option.ProfileFact;
import io.compot.allocation.option.Spectrum;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A pool of singular values, trimmed until its members' ratios meet a budget. */
final class SpectrumPool {

  private final PooledAllocator.Settings settings;
  private final List<ProjectionProfile> members;
  private final double budget;
  private final double[][] scores;
  private final boolean[] fixed;
  private double[] ratios;
  private int[] ranks;
  private double threshold;

  /**
   * Trims until the members' ratios, under the guards, meet the part to keep; where the guards
   * forbid that, as far as they allow.
   *
   * <p>Where removing the last value oversteps the budget (several matrices may hold the very same
   * value), the ratios before and after are blended so that the total is met, not undercut.
   *
   * @param keep part of the pool's bits to keep
   */
  SpectrumPool(PooledAllocator.Settings settings, List<ProjectionProfile> members, double keep) {
    this.settings = settings;
    this.members = members;
    this.budget = keep * members.stream().mapToLong(ProjectionProfile::denseBits).sum();
    this.scores = members.stream().map(this::ascendingScores).toArray(double[][]::new);
    this.fixed = new boolean[members.size()];
    for (int i = 0; i < fixed.length; i++) {
      fixed[i] = members.get(i).smallest().isDense();
    }
    this.ratios = ratios(-1);
    this.ranks = ranks(-1);
    if (bits(ratios) > budget) {
      trim();
    }
  }

  /** Fraction of its bits that a member should lose, between the guards or 0. */
  double ratio(int member) {
    return ratios[member];
  }

  /** Values that a member keeps, at least 1. */
  int rank(int member) {
    return ranks[member];
  }

  /** The largest value that went; 0 where none did. */
  double threshold() {
    return threshold;
  }

  static Spectrum spectrum(PooledAllocator.Settings settings, ProjectionProfile profile) {
    Optional<Spectrum> spectrum =
        settings.spectrum() == ProfileFact.WEIGHT_SPECTRUM
            ? profile.weightSpectrum()
            : profile.whitenedSpectrum();
    return spectrum.orElseThrow(
        () -> new IllegalArgumentException(profile.name() + " lacks " + settings.spectrum()));
  }

  private void trim() {
    double[] values =
        Arrays.stream(scores).flatMapToDouble(Arrays::stream).distinct().sorted().toArray();
    int low = -1;
    int high = values.length - 1;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (bits(ratios(values[middle])) <= budget) {
        high = middle;
      } else {
        low = middle;
      }
    }
    threshold = values[high];
    ranks = ranks(threshold);
    ratios = blend(ratios(low < 0 ? -1 : values[low]), ratios(threshold));
  }

  private double[] blend(double[] before, double[] after) {
    double most = bits(before);
    double fewest = bits(after);
    if (fewest >= budget || most <= fewest) {
      return after;
    }
    double part = (most - budget) / (most - fewest);
    double[] ratios = new double[after.length];
    for (int i = 0; i < ratios.length; i++) {
      double ratio = before[i] + part * (after[i] - before[i]);
      ratios[i] = before[i] == after[i] ? after[i] : guarded(ratio);
    }
    return ratios;
  }

  private double[] ascendingScores(ProjectionProfile profile) {
    Spectrum spectrum = SpectrumPool.spectrum(settings, profile).normalised();
    double[] scores = new double[spectrum.size()];
    for (int i = 0; i < scores.length; i++) {
      double value = spectrum.value(scores.length - 1 - i);
      scores[i] = settings.perParameter() ? value * value / (profile.in() + profile.out()) : value;
    }
    return scores;
  }

  private double[] ratios(double threshold) {
    int[] ranks = ranks(threshold);
    double[] ratios = new double[ranks.length];
    for (int i = 0; i < ratios.length; i++) {
      ProjectionProfile profile = members.get(i);
      double kept = settings.cost().fraction(profile.in(), profile.out(), ranks[i]);
      ratios[i] = fixed[i] ? 0 : guarded(1 - Math.min(1, kept));
    }
    return ratios;
  }

  private double guarded(double ratio) {
    return ratio < settings.denseBelow()
        ? 0
        : Math.min(settings.most(), Math.max(settings.least(), ratio));
  }

  /** How many values of each are above the threshold, at least the largest one. */
  private int[] ranks(double threshold) {
    int[] ranks = new int[scores.length];
    for (int i = 0; i < ranks.length; i++) {
      int low = 0;
      int high = scores[i].length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (scores[i][middle] > threshold) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      ranks[i] = Math.max(1, scores[i].length - low);
    }
    return ranks;
  }

  private double bits(double[] ratios) {
    double bits = 0;
    for (int i = 0; i < ratios.length; i++) {
      bits += (1 - ratios[i]) * members.get(i).denseBits();
    }
    return bits;
  }
}
