package io.compot.allocation;

import static io.compot.allocation.Profiles.listed;
import static io.compot.allocation.Profiles.option;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.OptionList;
import io.compot.error.UsageException;
import java.util.List;
import org.junit.jupiter.api.Test;

class KnapsackAllocatorTest {

  /** At the reference ratio 0.5 the errors are .1 and .4: e_ref = .25. */
  private final List<ProjectionProfile> profiles =
      List.of(
          listed("a", 100, option("a20", 20, .5), option("a40", 40, .2), option("a50", 50, .1)),
          listed("b", 100, option("b40", 40, .45), option("b50", 50, .4), option("b60", 60, .27)));

  @Test
  void capsTheErrorAtTheSmallestFeasibleAlpha() throws UsageException {
    Allocation capped =
        new KnapsackAllocator(ErrorMeasure.WEIGHT, true, 0.1, true).allocate(profiles, 100);

    // b may not exceed alpha · .25: .27 needs 1.1, and leaves 40 bits to a.
    assertThat(labels(capped)).containsExactly("a40", "b60");
    assertThat(capped.notes()).first().asString().contains("alpha 1.1");
  }

  @Test
  void withoutCapTakesTheLeastSum() throws UsageException {
    List<ProjectionProfile> steep =
        List.of(
            listed("a", 100, option("a10", 10, .6), option("a50", 50, .25)),
            listed("b", 100, option("b50", 50, .4), option("b90", 90, .01)));

    assertThat(
            labels(
                new KnapsackAllocator(ErrorMeasure.WEIGHT, false, 0.1, true).allocate(steep, 100)))
        .containsExactly("a10", "b90");
    assertThat(labels(new KnapsackAllocator().allocate(steep, 100))).containsExactly("a50", "b50");
  }

  @Test
  void takesTheTrueDenseWeight() throws UsageException {
    List<ProjectionProfile> tolerant =
        List.of(
            listed("a", 100, option("a10", 10, .01), option("a50", 50, .001)),
            listed("b", 100, option("b50", 50, .4), option("b90", 90, .3)));

    Allocation allocation =
        new KnapsackAllocator(ErrorMeasure.WEIGHT, false, 0, true).allocate(tolerant, 110);

    assertThat(labels(allocation)).containsExactly("a10", "dense");
  }

  @Test
  void namesTheMissingError() {
    ProjectionProfile bare =
        ProjectionProfile.of(
            "bare", 4, 4, 0, 100, OptionList.rankedByBits(List.of(option("x", 50))));

    assertThatThrownBy(() -> new KnapsackAllocator().allocate(List.of(bare), 60))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lacks the WEIGHT error");
  }

  private static List<String> labels(Allocation allocation) {
    return allocation.decisions().stream().map(d -> d.option().label()).toList();
  }
}
