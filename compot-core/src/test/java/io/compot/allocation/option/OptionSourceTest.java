package io.compot.allocation.option;

import static io.compot.allocation.Profiles.option;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.allocation.Profiles;
import io.compot.form.LowRankForm;
import io.compot.form.SparseForm;
import io.compot.method.ErrorCurve;
import io.compot.tensor.Dtype;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class OptionSourceTest {

  /** Against asking for one bit more, again and again. */
  @Property(tries = 200)
  void nextIsTheSmallestLargerSize(
      @ForAll @IntRange(min = 2, max = 24) int in,
      @ForAll @IntRange(min = 2, max = 24) int out,
      @ForAll @IntRange(max = 1000) int part) {
    RatioOptions source =
        new RatioOptions(
            "svd", in, out, 16, ratio -> LowRankForm.within(in, out, Dtype.F16, ratio));
    long dense = (long) in * out * 16;
    long above = dense * part / 1000;
    Optional<CompressionOption> expected = Optional.empty();
    for (long bits = above + 1; bits < dense && expected.isEmpty(); bits++) {
      expected = source.within(bits).filter(o -> o.bits() > above);
    }

    assertThat(source.next(above, dense)).isEqualTo(expected);
  }

  @Property(tries = 500)
  void sizesUseTheLastBit(
      @ForAll @IntRange(min = 1, max = 300) int in,
      @ForAll @IntRange(min = 1, max = 300) int out,
      @ForAll @IntRange(min = 1, max = 300) int rank) {
    RatioOptions source =
        new RatioOptions(
            "svd", in, out, 16, ratio -> LowRankForm.within(in, out, Dtype.F16, ratio));
    LowRankForm size = LowRankForm.plain(rank, Dtype.F16);
    long bits = size.bits(in, out);
    if (rank <= Math.min(in, out) && bits < (long) in * out * 16) {
      assertThat(source.within(bits).orElseThrow().size()).contains(size);
      assertThat(source.within(bits - 1).stream()).allMatch(o -> o.bits() < bits);
    }
  }

  @Example
  void listsAscendWithoutRepeats() {
    RatioOptions source =
        new RatioOptions(
            "compot", 64, 48, 16, ratio -> SparseForm.within(64, 48, Dtype.F16, ratio, 2));

    List<Long> bits = source.options().stream().map(CompressionOption::bits).toList();

    assertThat(bits).isSorted().doesNotHaveDuplicates().hasSizeGreaterThan(15);
    assertThat(bits.getLast()).isLessThan(64L * 48 * 16);
  }

  @Example
  void offersOnlyWhereTheErrorIsKnown() {
    ErrorCurve curve = new ErrorCurve(Map.of(20_000L, .5, 40_000L, .125));
    RatioOptions source = Profiles.sparse(64, 64, Map.of(ErrorMeasure.WHITENED, curve));

    assertThat(source.within(19_000)).isEmpty();
    assertThat(source.options())
        .isNotEmpty()
        .allMatch(o -> o.bits() >= 20_000 && o.error(ErrorMeasure.WHITENED) <= .5);
  }

  @Example
  void aListSkipsWhatCostsMoreAndDoesNoBetter() {
    OptionList list =
        OptionList.rankedBy(
            ErrorMeasure.WEIGHT,
            List.of(
                option("svd", 70, .3),
                option("compot", 60, .2),
                option("svd", 50, .4),
                option("worse", 50, .5)));

    assertThat(list.within(49)).isEmpty();
    assertThat(list.within(59).orElseThrow()).isEqualTo(option("svd", 50, .4));
    assertThat(list.within(100).orElseThrow().label()).isEqualTo("compot");
    assertThat(list.options()).hasSize(4);
  }

  @Example
  void curvesInterpolateAndNeverRise() {
    ErrorCurve curve = new ErrorCurve(Map.of(100L, .4, 200L, .1, 300L, .2, 400L, 0.0));

    assertThat(curve.at(99)).isEmpty();
    assertThat(curve.at(150).orElseThrow()).isCloseTo(.2, within(1e-12));
    assertThat(curve.at(300).orElseThrow()).isEqualTo(.1);
    assertThat(curve.at(350).orElseThrow()).isCloseTo(.05, within(1e-12));
    assertThat(curve.at(900).orElseThrow()).isEqualTo(0);
    assertThatThrownBy(() -> new ErrorCurve(Map.of(1L, Double.NaN)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Example
  void valuesRefuseNonsense() {
    assertThatThrownBy(() -> option("x", 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> option("x", 1, -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Spectrum.of(1, Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Spectrum.of(1, -1)).isInstanceOf(IllegalArgumentException.class);
    assertThat(Spectrum.of(3, 4).norm()).isEqualTo(5);
    assertThat(Spectrum.of(0, 0).normalised().value(0)).isZero();
  }
}
