package io.compot.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.error.UsageException;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class DobiSvdAllocatorTest {

  private static final long DENSE = 1_000_000;

  private static ProjectionProfile profile(int number) {
    return ProjectionProfile.of("m" + number, 16, 16, 0, DENSE, new Profiles.Continuous(DENSE));
  }

  /** Ratios that meet the budget already are kept; others are scaled by one factor. */
  @Property(tries = 100)
  void keepsRatiosAndTheirProportions(
      @ForAll @Size(min = 2, max = 6) List<@DoubleRange(min = 0.1, max = 0.8) Double> trained,
      @ForAll @DoubleRange(min = 0.8, max = 1.1) double factor)
      throws UsageException {
    List<ProjectionProfile> profiles = new ArrayList<>();
    double removed = 0;
    for (int i = 0; i < trained.size(); i++) {
      profiles.add(profile(i).withTrainedRatio(trained.get(i)));
      removed += trained.get(i) * factor;
    }
    long budget = (long) (DENSE * (trained.size() - removed));

    Allocation found = new DobiSvdAllocator().allocate(profiles, budget);

    for (int i = 0; i < trained.size(); i++) {
      assertThat(found.decisions().get(i).ratio()).isCloseTo(trained.get(i) * factor, within(2e-3));
    }
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> new DobiSvdAllocator().allocate(List.of(profile(0)), DENSE / 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("m0 lacks a trained ratio");
  }
}
