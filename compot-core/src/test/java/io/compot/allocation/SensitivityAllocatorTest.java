package io.compot.allocation;

import static io.compot.allocation.Profiles.listed;
import static io.compot.allocation.Profiles.option;
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

class SensitivityAllocatorTest {

  /** Squared errors that fall convexly over equal steps: the optimum, found by trying all. */
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
      double sensitivity = 0.1 + random.nextDouble();
      List<CompressionOption> options = new ArrayList<>();
      List<double[]> curve = new ArrayList<>();
      for (int j = 1; j <= 10; j++) {
        double square = 0.4 * (10 - j) * (10 - j) / 81 * (0.5 + i * 0.1);
        if (j < 10) {
          options.add(option("o" + j, 10L * j, Math.sqrt(square)));
        }
        curve.add(new double[] {10 * j, sensitivity * square});
      }
      curves.add(curve);
      profiles.add(
          listed("p" + i, 100, options.toArray(CompressionOption[]::new))
              .withSensitivity(sensitivity));
    }
    long budget = 10L * count + 3L * spare;

    Allocation allocation = new SensitivityAllocator().allocate(profiles, budget);

    double rise = 0;
    for (int i = 0; i < count; i++) {
      rise += rise(profiles.get(i), allocation.decisions().get(i).option());
    }
    assertThat(rise).isCloseTo(best(curves, 0, (double) budget), within(1e-12));
  }

  /** Linear sums would have it the other way round: .30 + .04 < .10 + .25. */
  @Example
  void sparesOneProjectionALargeRise() throws UsageException {
    var first = List.of(rise(100, 0.30), rise(200, 0.10));
    var second = List.of(rise(100, 0.25), rise(200, 0.04));

    Allocation allocation =
        new SensitivityAllocator(ErrorMeasure.LOSS_RISE)
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

  @Example
  void protectsTheSensitiveOne() throws UsageException {
    List<ProjectionProfile> profiles =
        List.of(
            listed("calm", 100, option("25", 25, .5), option("50", 50, .3)).withSensitivity(0.01),
            listed("tense", 100, option("25", 25, .5), option("50", 50, .3)).withSensitivity(1));

    Allocation allocation = new SensitivityAllocator().allocate(profiles, 125);

    assertThat(allocation.decisions())
        .extracting(d -> d.option().bits())
        .containsExactly(25L, 100L);
    assertThat(allocation.notes()).first().asString().contains("0.0025");
  }

  @Example
  void noiseBelowZeroCountsAsTheLeastPositiveSensitivity() throws UsageException {
    List<ProjectionProfile> profiles =
        List.of(
            listed("noise", 100, option("50", 50, .3)).withSensitivity(-4),
            listed("a", 100, option("50", 50, .3)).withSensitivity(2),
            listed("b", 100, option("50", 50, .2)).withSensitivity(3));

    Allocation allocation = new SensitivityAllocator().allocate(profiles, 200);

    assertThat(allocation.notes()).anyMatch(note -> note.contains("count as 2"));
    assertThat(allocation.bits()).isEqualTo(200);
  }

  private static double rise(ProjectionProfile profile, CompressionOption option) {
    double error = option.error(ErrorMeasure.WHITENED);
    return profile.sensitivity().orElseThrow() * error * error;
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
