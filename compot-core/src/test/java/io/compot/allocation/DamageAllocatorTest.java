package io.compot.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.OptionList;
import io.compot.error.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class DamageAllocatorTest {

  /**
   * Rises r whose costs r(1 + r/0.05) fall convexly over equal steps: the optimum, found by trying
   * all.
   */
  @Property(tries = 200)
  void findsTheLeastRiseOnConvexCurves(
      @ForAll @IntRange(min = 1, max = 4) int count,
      @ForAll @IntRange(max = 25) int spare,
      @ForAll int seed)
      throws UsageException {
    Random random = new Random(seed);
    List<ProjectionProfile> profiles = new ArrayList<>();
    List<List<double[]>> curves = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double steep = 0.001 + 0.02 * random.nextDouble();
      List<CompressionOption> options = new ArrayList<>();
      List<double[]> curve = new ArrayList<>();
      for (int j = 1; j <= 10; j++) {
        double rise = steep * (10 - j) * (10 - j) / 81;
        if (j < 10) {
          options.add(rise(10L * j, rise));
        }
        curve.add(new double[] {10 * j, cost(rise)});
      }
      curves.add(curve);
      profiles.add(
          ProjectionProfile.of(
              "p" + i, 10, 10, 0, 100, OptionList.rankedBy(ErrorMeasure.LOSS_RISE, options)));
    }
    long budget = 10L * count + 3L * spare;

    Allocation allocation = new DamageAllocator().allocate(profiles, budget);

    double found =
        allocation.decisions().stream()
            .mapToDouble(each -> cost(each.option().error(ErrorMeasure.LOSS_RISE)))
            .sum();
    assertThat(found).isCloseTo(best(curves, 0, (double) budget), within(1e-12));
  }

  /** Few options that lie anyhow, as widths of whole weights do: more bits never do more harm. */
  @Property(tries = 100)
  void moreBitsDoNoMoreHarmWhereOptionsAreFew(
      @ForAll @IntRange(min = 2, max = 6) int count, @ForAll int seed) throws UsageException {
    Random random = new Random(seed);
    List<ProjectionProfile> profiles = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<CompressionOption> options = new ArrayList<>();
      double rise = 0.2 * random.nextDouble();
      for (long bits = 20L + random.nextInt(60); bits < 900; bits += 20 + random.nextInt(200)) {
        options.add(rise(bits, rise));
        rise *= 0.2 + 0.8 * random.nextDouble();
      }
      profiles.add(rising("p" + i, options));
    }
    double before = Double.POSITIVE_INFINITY;
    for (long budget = 80L * count; budget < 1000L * count; budget += 7L * count) {
      double harm =
          new DamageAllocator()
              .allocate(profiles, budget).decisions().stream()
                  .mapToDouble(each -> cost(each.option().error(ErrorMeasure.LOSS_RISE)))
                  .sum();
      assertThat(harm).as("%d bits", budget).isLessThanOrEqualTo(1.01 * before + 1e-4);
      before = Math.min(before, harm);
    }
  }

  private static double cost(double rise) {
    return rise * (1 + rise / 0.05);
  }

  /** Linear sums would have it the other way round: .30 + .04 < .10 + .25. */
  @Example
  void sparesOneProjectionALargeRise() throws UsageException {
    var first = List.of(rise(100, 0.30), rise(200, 0.10));
    var second = List.of(rise(100, 0.25), rise(200, 0.04));

    Allocation allocation =
        new DamageAllocator()
            .allocate(List.of(rising("first", first), rising("second", second)), 300);

    assertThat(allocation.decisions())
        .extracting(decision -> decision.option().bits())
        .containsExactly(200L, 100L);
  }

  private static CompressionOption rise(long bits, double rise) {
    return new CompressionOption(
        "of " + bits, Optional.empty(), bits, Map.of(ErrorMeasure.LOSS_RISE, rise));
  }

  private static ProjectionProfile rising(String name, List<CompressionOption> options) {
    var source = OptionList.rankedBy(ErrorMeasure.LOSS_RISE, options);
    return ProjectionProfile.of(name, 10, 10, 0, 1000, source);
  }

  private static double best(List<List<double[]>> curves, int from, double budget) {
    if (budget < 0) {
      return Double.POSITIVE_INFINITY;
    }
    return from == curves.size()
        ? 0
        : curves.get(from).stream()
            .mapToDouble(point -> point[1] + best(curves, from + 1, budget - point[0]))
            .min()
            .orElseThrow();
  }
}
