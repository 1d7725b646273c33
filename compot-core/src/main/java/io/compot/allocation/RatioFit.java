package io.compot.allocation;

import io.compot.allocation.option.CompressionOption;
import io.compot.error.UsageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Turns a wanted ratio for each projection into options whose total meets the budget: one factor
 * scales all wanted ratios until the options, whose sizes are whole numbers, fit; then the bits
 * left over go, in small steps, to those furthest below their share, and {@link LeftOver the rest}
 * to pairs that make room for each other.
 */
final class RatioFit {

  private static final int BISECTIONS = 100;

  /** What one that may not stay as it is loses, if it were to lose nothing. */
  private static final double SMALL_RATIO = 0.01;

  private final String allocator;
  private final List<ProjectionProfile> profiles;
  private final long budget;
  private final double[] wanted;
  private final double[] least;
  private final CompressionOption[] floor;
  private final CompressionOption[] chosen;

  /**
   * @param wanted fraction of its bits to remove from each; 0 leaves it dense
   * @param least guard: fewest to remove where anything is removed
   * @param most guard: most to remove, below 1
   */
  RatioFit(
      String allocator,
      List<ProjectionProfile> profiles,
      long budget,
      double[] wanted,
      double least,
      double most) {
    this.allocator = allocator;
    this.profiles = profiles;
    this.budget = budget;
    this.wanted = wanted.clone();
    this.least = new double[wanted.length];
    this.floor = new CompressionOption[wanted.length];
    for (int i = 0; i < wanted.length; i++) {
      ProjectionProfile profile = profiles.get(i);
      if (!profile.whole()) {
        this.wanted[i] = Math.max(wanted[i], SMALL_RATIO);
      }
      if (this.wanted[i] > 0) {
        CompressionOption smallest = profile.smallest();
        floor[i] = profile.within(keep(profile, most)).orElse(smallest);
        this.least[i] = smallest.isDense() ? 0 : least;
      } else {
        floor[i] = profile.dense();
      }
    }
    this.chosen = floor.clone();
  }

  /** The fewest bits under a guard, where something is removed from each. */
  static long fewestBits(List<ProjectionProfile> profiles, double most) {
    return profiles.stream().mapToLong(profile -> floor(profile, most).bits()).sum();
  }

  private static CompressionOption floor(ProjectionProfile profile, double most) {
    return profile.within(keep(profile, most)).orElse(profile.smallest());
  }

  /** The chosen options, in the order of the profiles. */
  List<CompressionOption> fit() throws UsageException {
    long most = 0;
    for (int i = 0; i < floor.length; i++) {
      ProjectionProfile profile = profiles.get(i);
      most += Math.max(floor[i].bits(), keep(profile, floor[i].isDense() ? 0 : least[i]));
    }
    ReachableRatios.requireWithin(allocator, profiles, budget, total(floor), most);
    double[] targets = scale();
    shareOut(targets);
    stepUp(targets);
    LeftOver.spend(profiles, chosen, budget, this::allows);
    return List.of(chosen);
  }

  /** Finds the smallest factor whose options fit, and gives what each should then have. */
  private double[] scale() {
    double smallest = Arrays.stream(wanted).filter(ratio -> ratio > 0).min().orElse(1);
    double low = 0;
    double high = 1 / smallest;
    for (int round = 0; round < BISECTIONS && high - low > 1e-15 * high; round++) {
      double middle = (low + high) / 2;
      CompressionOption[] options = at(middle);
      if (total(options) <= budget) {
        System.arraycopy(options, 0, chosen, 0, options.length);
        high = middle;
      } else {
        low = middle;
      }
    }
    double[] targets = new double[wanted.length];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = target(i, high);
    }
    return targets;
  }

  private CompressionOption[] at(double factor) {
    CompressionOption[] options = new CompressionOption[wanted.length];
    for (int i = 0; i < options.length; i++) {
      long bits = (long) Math.floor(target(i, factor));
      options[i] =
          bits <= floor[i].bits() ? floor[i] : profiles.get(i).within(bits).orElse(floor[i]);
    }
    return options;
  }

  private double target(int i, double factor) {
    double dense = profiles.get(i).denseBits();
    double ratio = wanted[i] == 0 ? 0 : Math.max(least[i], factor * wanted[i]);
    return Math.max((double) floor[i].bits(), dense * (1 - Math.min(1, ratio)));
  }

  /** Gives each a part of the rest that is in proportion to its size, until nobody can use it. */
  private void shareOut(double[] targets) {
    boolean changed = true;
    while (changed) {
      changed = false;
      List<Integer> order = neediestFirst(targets);
      double sharers = order.stream().mapToDouble(i -> profiles.get(i).denseBits()).sum();
      long rest = left();
      for (int i : order) {
        long share = (long) (rest * (profiles.get(i).denseBits() / sharers));
        changed |= raise(i, Math.min(share, left()), false);
      }
    }
  }

  /** Raises one after the other to its next option, until no next option fits. */
  private void stepUp(double[] targets) {
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i : neediestFirst(targets)) {
        changed |= raise(i, left(), true);
      }
    }
  }

  private boolean allows(int i, CompressionOption option) {
    return option.bits() >= floor[i].bits() && option.bits() <= keep(profiles.get(i), least[i]);
  }

  private boolean raise(int i, long more, boolean smallestStep) {
    ProjectionProfile profile = profiles.get(i);
    long bits = chosen[i].bits();
    long limit = Math.min(bits + more, keep(profile, least[i]));
    if (limit <= bits) {
      return false;
    }
    var larger = smallestStep ? profile.next(bits, limit) : profile.within(limit);
    if (larger.isEmpty() || larger.get().bits() <= bits) {
      return false;
    }
    chosen[i] = larger.get();
    return true;
  }

  private List<Integer> neediestFirst(double[] targets) {
    double[] gap = new double[targets.length];
    for (int i = 0; i < gap.length; i++) {
      gap[i] = (targets[i] - chosen[i].bits()) / profiles.get(i).denseBits();
    }
    List<Integer> order =
        new ArrayList<>(
            IntStream.range(0, gap.length).filter(i -> !chosen[i].isDense()).boxed().toList());
    order.sort(Comparator.comparingDouble((Integer i) -> -gap[i]));
    return order;
  }

  private long left() {
    return budget - total(chosen);
  }

  private static long keep(ProjectionProfile profile, double ratio) {
    return (long) Math.floor((1 - ratio) * profile.denseBits());
  }

  private static long total(CompressionOption[] options) {
    return Arrays.stream(options).mapToLong(CompressionOption::bits).sum();
  }
}
