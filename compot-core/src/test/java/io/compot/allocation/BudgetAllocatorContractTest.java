package io.compot.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.ProfileFact;
import io.compot.allocation.option.Spectrum;
import io.compot.error.UsageException;
import io.compot.recipe.Allocations;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** What every allocator keeps. */
class BudgetAllocatorContractTest {

  /** As they stand in the list, and some by settings of their own. */
  private static final List<BudgetAllocator> ALL =
      Stream.concat(Allocations.all().stream().map(each -> each.standard().allocator()), variants())
          .toList();

  private static Stream<BudgetAllocator> variants() {
    return Stream.of(
        pooled(PoolingScope.KIND),
        pooled(PoolingScope.SHARED_INPUT),
        pooled(PoolingScope.NONE),
        new PooledAllocator(
            new PooledAllocator.Settings(
                PoolingScope.ALL,
                0.05,
                0.9,
                0,
                ProfileFact.WHITENED_SPECTRUM,
                true,
                RankCost.sparse(2, 16))),
        new KnapsackAllocator(ErrorMeasure.WHITENED, false, 0, false),
        new KnapsackAllocator(ErrorMeasure.WHITENED, true, 0, false),
        new EnergyAllocator(ProfileFact.WEIGHT_SPECTRUM));
  }

  private static PooledAllocator pooled(PoolingScope scope) {
    return new PooledAllocator(PooledAllocator.Settings.defaults().withScope(scope));
  }

  @Provide
  Arbitrary<BudgetAllocator> allocators() {
    return Arbitraries.of(ALL);
  }

  @Property(tries = 80)
  void meetsTheBudgetOverSizesForEveryRatio(
      @ForAll("allocators") BudgetAllocator allocator,
      @ForAll @DoubleRange(min = 0.07, max = 0.85) double ratio,
      @ForAll @IntRange(max = 1000) int seed)
      throws UsageException {
    List<ProjectionProfile> profiles = Profiles.llama(4, 128, 384, 64, seed);

    Allocation allocation = check(allocator, profiles, ratio);

    long anotherAtom = 128L * 16 + 64 * 16 + 64 * 8;
    assertThat(allocation.budget() - allocation.bits())
        .isLessThanOrEqualTo(Math.max(allocation.budget() / 1000, anotherAtom));
  }

  @Property(tries = 80)
  void meetsTheBudgetOverFiniteLists(
      @ForAll("allocators") BudgetAllocator allocator,
      @ForAll @DoubleRange(min = 0.07, max = 0.85) double ratio,
      @ForAll @IntRange(max = 1000) int seed)
      throws UsageException {
    List<ProjectionProfile> profiles = Profiles.finite(Profiles.llama(4, 128, 384, 64, seed));

    Allocation allocation = check(allocator, profiles, ratio);

    long smallestStep = 64L * 64 * 16;
    assertThat(allocation.bits())
        .isGreaterThanOrEqualTo((long) (0.999 * allocation.budget()) - smallestStep);
  }

  @Property(tries = 150)
  void neverPassesTheBudgetWhateverTheShapes(
      @ForAll("allocators") BudgetAllocator allocator,
      @ForAll @DoubleRange(min = 0.01, max = 0.99) double ratio,
      @ForAll @IntRange(min = 1, max = 6) int count,
      @ForAll @IntRange(max = 100_000) int seed) {
    Random random = new Random(seed);
    List<ProjectionProfile> profiles = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long in = random.nextLong(1, 41);
      long out = random.nextInt(4) == 0 ? 1 : random.nextLong(1, 41);
      profiles.add(Profiles.projection("block." + i + ".q_proj", in, out, i, random));
    }
    try {
      check(allocator, profiles, ratio);
    } catch (UsageException e) {
      assertThat(e.getMessage()).contains("cannot be reached").doesNotContain("NaN");
    }
  }

  @Property(tries = 60)
  void zeroAndEqualSpectraAreSplitWithoutNaN(
      @ForAll("allocators") BudgetAllocator allocator,
      @ForAll @DoubleRange(min = 0.1, max = 0.8) double ratio)
      throws UsageException {
    List<ProjectionProfile> zero = new ArrayList<>();
    List<ProjectionProfile> equal = new ArrayList<>();
    for (ProjectionProfile profile : Profiles.llama(2, 64, 128, 64, 1)) {
      int size = profile.weightSpectrum().orElseThrow().size();
      double[] ones = new double[size];
      Arrays.fill(ones, 1);
      Spectrum nothing = Spectrum.of(new double[size]);
      zero.add(profile.withWeightSpectrum(nothing).withWhitenedSpectrum(nothing));
      equal.add(
          profile.withWeightSpectrum(Spectrum.of(ones)).withWhitenedSpectrum(Spectrum.of(ones)));
    }
    check(allocator, zero, ratio);
    check(allocator, equal, ratio);
  }

  @Property(tries = 80)
  void guardsHoldForEachProjection(
      @ForAll("allocators") BudgetAllocator allocator,
      @ForAll @DoubleRange(min = 0.15, max = 0.6) double ratio,
      @ForAll @DoubleRange(min = 0.02, max = 0.1) double below,
      @ForAll @DoubleRange(min = 0.05, max = 0.3) double above,
      @ForAll @IntRange(max = 1000) int seed)
      throws UsageException {
    double most = ratio + above;
    double least = ratio - below;
    List<ProjectionProfile> profiles = Profiles.llama(4, 128, 384, 64, seed);

    Allocation allocation = check(new GuardedAllocator(allocator, least, most), profiles, ratio);

    assertThat(allocation.decisions())
        .extracting(Allocation.Decision::ratio)
        .allSatisfy(each -> assertThat(each).isBetween(least - 1e-9, most + 1e-9));
  }

  @Property(tries = 40)
  void ratiosOutsideOfTheGuardsAreRefusedWithTheReachableOnes(
      @ForAll("allocators") BudgetAllocator allocator) {
    List<ProjectionProfile> profiles = Profiles.llama(2, 128, 384, 64, 1);
    for (double ratio : new double[] {0.1, 0.7}) {
      assertThatThrownBy(() -> new GuardedAllocator(allocator, 0.2, 0.5).allocate(profiles, ratio))
          .isInstanceOf(UsageException.class)
          .hasMessageMatching(
              "a ratio of 0\\.\\d+ cannot be reached: .* between 0\\.2\\d* and 0\\.[45]\\d* .*");
    }
  }

  @Property(tries = 60)
  void oneProjectionTakesWhatThereIs(
      @ForAll("allocators") BudgetAllocator allocator,
      @ForAll @DoubleRange(min = 0.1, max = 0.8) double ratio)
      throws UsageException {
    List<ProjectionProfile> one =
        List.of(Profiles.projection("only.q_proj", 512, 512, 0, new Random(3)));

    Allocation allocation = check(allocator, one, ratio);

    assertThat(allocation.ratio() - ratio).isBetween(0.0, 0.005);
  }

  @Example
  void leavesDenseWhatNothingShrinksAndMakesTheOthersPay() throws UsageException {
    for (BudgetAllocator allocator : ALL) {
      List<ProjectionProfile> profiles = new ArrayList<>(Profiles.llama(1, 128, 256, 128, 5));
      profiles.add(Profiles.projection("model.layers.0.mlp.score", 2000, 1, 0, new Random(1)));

      Allocation allocation = check(allocator, profiles, 0.3);

      assertThat(allocation.decisions().getLast().option().isDense()).isTrue();
      assertThat(allocation.ratio() - 0.3).as(allocator.name()).isBetween(0.0, 0.002);
    }
  }

  @Example
  void refusesWhatCannotBe() {
    List<ProjectionProfile> profiles = Profiles.llama(1, 64, 128, 64, 5);
    for (BudgetAllocator allocator : ALL) {
      assertThatThrownBy(() -> allocator.allocate(profiles, 0.999))
          .as(allocator.name())
          .isInstanceOf(UsageException.class)
          .hasMessageMatching(
              "a ratio of 0\\.999\\d* cannot be reached: allocation '"
                  + allocator.name()
                  + "' can remove between [0-9.]+ and 0\\.[89]\\d* of the bits of these 7 projections; .*");
      for (double ratio : new double[] {0, 1, -0.5, 2, Double.NaN}) {
        assertThatThrownBy(() -> allocator.allocate(profiles, ratio))
            .isInstanceOf(UsageException.class)
            .hasMessageContaining("between 0 and 1");
      }
      assertThatThrownBy(() -> allocator.allocate(List.of(), 0.2))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("no projection");
    }
  }

  @Example
  void leavesAllDenseWhereTheBudgetAllowsIt() throws UsageException {
    List<ProjectionProfile> profiles = Profiles.llama(1, 64, 128, 64, 5);
    long dense = profiles.stream().mapToLong(ProjectionProfile::denseBits).sum();
    for (BudgetAllocator allocator : ALL) {
      if (allocator instanceof PooledAllocator pooled && pooled.settings().least() > 0) {
        continue;
      }
      Allocation allocation = allocator.allocate(profiles, dense);
      assertThat(allocation.decisions()).as(allocator.name()).allMatch(d -> d.option().isDense());
    }
  }

  private static Allocation check(
      BudgetAllocator allocator, List<ProjectionProfile> profiles, double ratio)
      throws UsageException {
    List<Profiles.Recorded> offered =
        profiles.stream().map(profile -> new Profiles.Recorded(profile.source())).toList();
    List<ProjectionProfile> recorded = new ArrayList<>();
    for (int i = 0; i < profiles.size(); i++) {
      recorded.add(Profiles.withSource(profiles.get(i), offered.get(i)));
    }
    Allocation allocation = allocator.allocate(recorded, ratio);

    long dense = profiles.stream().mapToLong(ProjectionProfile::denseBits).sum();
    assertThat(allocation.allocator()).isEqualTo(allocator.name());
    assertThat((double) allocation.bits()).isLessThanOrEqualTo((1 - ratio) * dense);
    assertThat(allocation.decisions()).hasSameSizeAs(profiles);
    for (int i = 0; i < profiles.size(); i++) {
      ProjectionProfile profile = profiles.get(i);
      Allocation.Decision decision = allocation.decisions().get(i);
      assertThat(decision.projection()).isEqualTo(profile.name());
      CompressionOption option = decision.option();
      assertThat(option.bits()).isLessThanOrEqualTo(profile.denseBits());
      if (option.isDense()) {
        assertThat(option).isEqualTo(profile.dense());
      } else {
        assertThat(offered.get(i).given()).contains(option);
      }
      assertThat(decision.why()).isNotBlank().doesNotContain("NaN", "Infinity");
    }
    assertThat(allocation.notes()).allSatisfy(note -> assertThat(note).doesNotContain("NaN"));
    assertThat(allocator.allocate(profiles, ratio)).isEqualTo(allocation);
    return allocation;
  }
}
