package io.compot.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.allocation.option.Spectrum;
import io.compot.error.UsageException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Each matrix is 4 x 4, so at the ratio 0.5 one singular value stays and the loss is the second.
 */
class SvdLlmV2AllocatorTest {

  /** l = 1/2 and 1/4 of losses e² and e⁴: R = 2 · 0.5 · l / 0.75 = 2/3 and 1/3. */
  @Test
  void followsTheFormulaByHand() throws UsageException {
    Allocation allocation =
        new SvdLlmV2Allocator().allocate(queries(Math.exp(2), Math.exp(4)), 0.5);

    assertThat(ratios(allocation))
        .usingComparatorWithPrecision(1e-5)
        .containsExactly(2 / 3., 1 / 3.);
    assertThat(allocation.notes()).isEmpty();
  }

  @Test
  void keepsKindsApart() throws UsageException {
    List<ProjectionProfile> profiles = new ArrayList<>(queries(Math.exp(2), Math.exp(4)));
    profiles.add(profile("model.layers.0.k_proj", Math.exp(9)));

    Allocation allocation = new SvdLlmV2Allocator().allocate(profiles, 0.5);

    assertThat(ratios(allocation))
        .usingComparatorWithPrecision(1e-5)
        .containsExactly(2 / 3., 1 / 3., 0.5);
  }

  /** .01 and .01·e scale to e and e²: l = 1 and 1/2, R = 2/3 and 1/3. */
  @Test
  void scalesLossesBelowE() throws UsageException {
    Allocation allocation = new SvdLlmV2Allocator().allocate(queries(.01, .01 * Math.E), 0.5);

    assertThat(ratios(allocation))
        .usingComparatorWithPrecision(1e-5)
        .containsExactly(2 / 3., 1 / 3.);
    assertThat(allocation.notes()).singleElement().asString().contains("q_proj: losses scaled");
  }

  /** l = 1, 1/10 and 1/10 want 1.25, .125 and .125: the cap .9 leaves .3 each to the others. */
  @Test
  void capsAndGivesTheRestToTheKind() throws UsageException {
    Allocation allocation =
        new SvdLlmV2Allocator().allocate(queries(Math.E, Math.exp(10), Math.exp(10)), 0.5);

    assertThat(ratios(allocation)).usingComparatorWithPrecision(1e-5).containsExactly(.9, .3, .3);
  }

  @Test
  void takesMostFromAMatrixWithoutLoss() throws UsageException {
    double[] ratios = ratios(new SvdLlmV2Allocator().allocate(queries(0, 5, 5), 0.3));

    assertThat(ratios[0]).isGreaterThan(0.6);
    assertThat(ratios[1]).isCloseTo(ratios[2], within(1e-5));
  }

  private static List<ProjectionProfile> queries(double... losses) {
    List<ProjectionProfile> profiles = new ArrayList<>();
    for (int i = 0; i < losses.length; i++) {
      profiles.add(profile("model.layers." + i + ".q_proj", losses[i]));
    }
    return profiles;
  }

  private static ProjectionProfile profile(String name, double loss) {
    return ProjectionProfile.of(name, 4, 4, 0, 1_200_000, new Profiles.Continuous(1_200_000))
        .at(Profiles.kind(name), name)
        .withWhitenedSpectrum(Spectrum.of(1e6, loss, 0, 0));
  }

  private static double[] ratios(Allocation allocation) {
    return allocation.decisions().stream().mapToDouble(Allocation.Decision::ratio).toArray();
  }
}
