package io.compot.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.allocation.option.ProfileFact;
import io.compot.allocation.option.Spectrum;
import io.compot.error.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class EnergyAllocatorTest {

  private static final long DENSE = 1_000_000;

  private final EnergyAllocator allocator = new EnergyAllocator(ProfileFact.WHITENED_SPECTRUM);

  /** Tries every part of energy at which any rank changes, counting up. */
  @Property(tries = 200)
  void agreesWithTryingEveryThreshold(
      @ForAll @IntRange(min = 1, max = 4) int count,
      @ForAll @DoubleRange(min = 0.15, max = 0.7) double ratio,
      @ForAll int seed)
      throws UsageException {
    Random random = new Random(seed);
    List<ProjectionProfile> profiles = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double[] values = random.doubles(12, 0.01, 3).toArray();
      profiles.add(profile("m" + i, random.nextLong(12, 20), random.nextLong(12, 20), values));
    }
    long budget = (long) ((1 - ratio) * count * DENSE);
    TreeSet<Double> parts = new TreeSet<>();
    for (ProjectionProfile each : profiles) {
      for (int rank = 1; rank <= 12; rank++) {
        parts.add(held(each, rank));
      }
    }
    double[] best = null;
    for (double part : parts) {
      double[] ratios = profiles.stream().mapToDouble(each -> naiveRatio(each, part)).toArray();
      double bits = 0;
      for (double each : ratios) {
        bits += (1 - each) * DENSE;
      }
      if (bits <= budget) {
        best = ratios;
      }
    }
    if (best == null) {
      return; // every projection at its least, which the fit to the budget decides
    }
    // What whole ranks leave over goes to all by one factor; the order of ratios stays.
    Allocation allocation = allocator.allocate(profiles, budget);
    assertThat(allocation.bits()).isCloseTo(budget, within(DENSE / 1000 * count));
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < count; j++) {
        if (best[i] > best[j] + 0.01 && best[j] > 0.02) {
          assertThat(allocation.decisions().get(i).ratio())
              .isGreaterThan(allocation.decisions().get(j).ratio());
        }
      }
    }
  }

  @Example
  void whatIsFlatKeepsMoreThanWhatIsSteep() throws UsageException {
    ProjectionProfile steep = profile("steep", 16, 16, 8, 4, 2, 1, .5, .25, .1, .05);
    ProjectionProfile flat = profile("flat", 16, 16, 1, 1, 1, 1, 1, 1, 1, 1);
    Allocation allocation = allocator.allocate(List.of(steep, flat), 0.6);
    // 84 % of the energy: one or two of the steep one's values, seven of the flat one's.
    assertThat(allocation.decisions().get(0).ratio()).isGreaterThan(0.7);
    assertThat(allocation.decisions().get(1).ratio()).isLessThan(0.5);
    assertThat(allocation.decisions().get(1).why()).contains("of 8 singular values hold");
  }

  private static double held(ProjectionProfile profile, int rank) {
    Spectrum values = profile.whitenedSpectrum().orElseThrow();
    double all = 0;
    double first = 0;
    for (int i = 0; i < values.size(); i++) {
      all += values.value(i) * values.value(i);
      first += i < rank ? values.value(i) * values.value(i) : 0;
    }
    return first / all;
  }

  private static double naiveRatio(ProjectionProfile profile, double part) {
    int rank = 1;
    while (rank < 12 && held(profile, rank) < part - 1e-12) {
      rank++;
    }
    double kept = rank * (double) (profile.in() + profile.out()) / (profile.in() * profile.out());
    return Math.clamp(1 - kept, 0.01, 0.9);
  }

  private static ProjectionProfile profile(String name, long in, long out, double... values) {
    return ProjectionProfile.of(name, in, out, 0, DENSE, new Profiles.Continuous(DENSE))
        .withWhitenedSpectrum(Spectrum.of(values));
  }
}
