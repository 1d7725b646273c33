package io.compot.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.allocation.option.Spectrum;
import io.compot.error.UsageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class PooledAllocatorTest {

  private static final PooledAllocator.Settings DEFAULTS = PooledAllocator.Settings.defaults();

  private record Entry(double value, int owner) {}

  /** Sorts all values and removes them one by one, recounting the whole model after each. */
  @Property(tries = 300)
  void agreesWithSortingAndTrimmingOneByOne(
      @ForAll @IntRange(min = 1, max = 5) int count,
      @ForAll @DoubleRange(min = 0.05, max = 0.8) double ratio,
      @ForAll boolean guards,
      @ForAll int seed) {
    Random random = new Random(seed);
    var settings = guards ? DEFAULTS.withGuards(0.1, 0.85, 0) : DEFAULTS.withGuards(0, 0.9, 0.02);
    List<ProjectionProfile> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      members.add(continuous("m" + i, random.nextLong(4, 24), random.nextLong(4, 24), random));
    }
    double dense = members.stream().mapToLong(ProjectionProfile::denseBits).sum();
    List<Entry> pool = new ArrayList<>();
    int[] kept = new int[count];
    for (int i = 0; i < count; i++) {
      Spectrum spectrum = members.get(i).weightSpectrum().orElseThrow();
      kept[i] = spectrum.size();
      double squares = 0;
      for (int j = 0; j < spectrum.size(); j++) {
        squares += spectrum.value(j) * spectrum.value(j);
      }
      for (int j = 0; j < spectrum.size(); j++) {
        pool.add(new Entry(spectrum.value(j) / Math.sqrt(squares), i));
      }
    }
    pool.sort(Comparator.comparingDouble(Entry::value));
    double[] before = naiveRatios(members, kept, settings);
    double[] after = before;
    for (Entry entry : pool) {
      if (bits(members, after) <= (1 - ratio) * dense) {
        break;
      }
      kept[entry.owner()]--;
      before = after;
      after = naiveRatios(members, kept, settings);
    }

    SpectrumPool trimmed = new SpectrumPool(settings, members, 1 - ratio);

    for (int i = 0; i < count; i++) {
      assertThat(trimmed.rank(i)).isEqualTo(Math.max(1, kept[i]));
      double blended = trimmed.ratio(i);
      boolean skipped = blended == 0 && after[i] >= settings.denseBelow();
      if (!skipped) {
        assertThat(blended).isBetween(before[i] - 1e-12, after[i] + 1e-12);
      }
    }
    boolean reached =
        bits(members, before) > (1 - ratio) * dense && bits(members, after) <= (1 - ratio) * dense;
    if (guards && reached) {
      assertThat(
              bits(members, IntStream.range(0, count).mapToDouble(trimmed::ratio).toArray())
                  / dense)
          .isCloseTo(1 - ratio, within(1e-9));
    }
  }

  @Example
  void equalMatricesGetEqualRatiosAndTheWholeBudget() throws UsageException {
    double[] flat = new double[16];
    Arrays.fill(flat, 3);
    List<ProjectionProfile> profiles = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      profiles.add(
          ProjectionProfile.of("m" + i, 16, 16, i, 100_000, new Profiles.Continuous(100_000))
              .withWeightSpectrum(Spectrum.of(flat)));
    }

    Allocation allocation = new PooledAllocator().allocate(profiles, 0.3);

    assertThat(allocation.bits()).isEqualTo(350_000);
    assertThat(allocation.decisions()).allMatch(d -> Math.abs(d.ratio() - 0.3) < 1e-4);
  }

  @Example
  void trimsWhatHasTheSmallTail() throws UsageException {
    ProjectionProfile steep = square("steep", 10, 5, 2, .1, .05, .01, .005, .001);
    ProjectionProfile flat = square("flat", 10, 9, 8, 7, 6, 5, 4, 3);

    Allocation allocation = new PooledAllocator().allocate(List.of(steep, flat), 0.3);

    // Normalised, flat's .154 goes first, then steep's .176, then flat's .205 to .359: two of
    // steep's
    // values stay (half of its storage), and flat gives what is missing.
    assertThat(allocation.decisions().get(0).ratio()).isCloseTo(0.5, within(1e-3));
    assertThat(allocation.decisions().get(1).ratio()).isCloseTo(0.1, within(1e-3));
  }

  @Example
  void poolsEndWhereTheScopeSaysSo() throws UsageException {
    List<ProjectionProfile> profiles = Profiles.llama(3, 128, 384, 64, 9);
    for (PoolingScope scope : PoolingScope.values()) {
      Allocation allocation =
          new PooledAllocator(DEFAULTS.withScope(scope)).allocate(profiles, 0.3);
      for (String pool : List.of("q_proj", "down_proj")) {
        double ratio =
            allocation.decisions().stream()
                .filter(d -> d.projection().endsWith(pool))
                .mapToDouble(Allocation.Decision::ratio)
                .average()
                .orElseThrow();
        if (scope == PoolingScope.NONE || scope == PoolingScope.KIND) {
          assertThat(ratio).as("%s %s", scope, pool).isCloseTo(0.3, within(0.02));
        }
      }
    }
    assertThat(profiles.stream().map(PoolingScope.SHARED_INPUT::key).distinct()).hasSize(12);
    assertThat(profiles.stream().map(PoolingScope.KIND::key).distinct()).hasSize(7);
    assertThat(profiles.stream().map(PoolingScope.NONE::key).distinct()).hasSize(21);
  }

  @Example
  void refusesARatioBeyondTheGuards() {
    List<ProjectionProfile> profiles = Profiles.llama(1, 64, 128, 64, 5);
    PooledAllocator tight = new PooledAllocator(DEFAULTS.withGuards(0.3, 0.5, 0));

    assertThatThrownBy(() -> tight.allocate(profiles, 0.6))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("between 0.3000 and 0.50");
    assertThatThrownBy(() -> tight.allocate(profiles, 0.2))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("between 0.3000 and 0.50");
  }

  private static ProjectionProfile square(String name, double... values) {
    long size = values.length;
    return ProjectionProfile.of(
            name, size, size, 0, size * size * 1000, new Profiles.Continuous(size * size * 1000))
        .withWeightSpectrum(Spectrum.of(values));
  }

  private static ProjectionProfile continuous(String name, long in, long out, Random random) {
    double[] values = new double[(int) Math.min(in, out)];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.exp(-random.nextDouble() * 6);
    }
    long bits = in * out * 16;
    return ProjectionProfile.of(name, in, out, 0, bits, new Profiles.Continuous(bits))
        .withWeightSpectrum(Spectrum.of(values));
  }

  private static double[] naiveRatios(
      List<ProjectionProfile> members, int[] kept, PooledAllocator.Settings settings) {
    double[] ratios = new double[kept.length];
    for (int i = 0; i < kept.length; i++) {
      long m = members.get(i).in();
      long n = members.get(i).out();
      double cost = Math.min((double) Math.max(1, kept[i]) * (m + n), (double) m * n);
      double ratio = 1 - cost / (m * n);
      if (ratio < settings.denseBelow()) {
        ratio = 0;
      } else if (ratio < settings.least()) {
        ratio = settings.least();
      } else if (ratio > settings.most()) {
        ratio = settings.most();
      }
      ratios[i] = ratio;
    }
    return ratios;
  }

  private static double bits(List<ProjectionProfile> members, double[] ratios) {
    double bits = 0;
    for (int i = 0; i < ratios.length; i++) {
      bits += members.get(i).denseBits() * (1 - ratios[i]);
    }
    return bits;
  }
}
