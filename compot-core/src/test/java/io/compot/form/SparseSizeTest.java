package io.compot.form;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SparseSizeTest {

  /** CoSpaDi A.11's own example, and ours of the design. */
  @Test
  void agreesWithThePublishedExamples() {
    assertThat(SparseSize.within(4096, 12288, 16, 0.2, 2)).contains(new SparseSize(3657, 1828));
    assertThat(SparseSize.within(2048, 8192, 16, 0.2, 2)).contains(new SparseSize(2016, 1008));
    assertThat(SparseSize.within(128, 128, 32, 0.2, 2)).contains(new SparseSize(66, 33));
  }

  @Test
  void spendsTheRestOnNonzerosWhereAtomsRunOut() {
    SparseSize size = SparseSize.within(2048, 8192, 16, 0.1, 2).orElseThrow();
    assertThat(size.k()).isEqualTo(2048);
    assertThat(size.s()).isGreaterThan(1024).isLessThanOrEqualTo(2048);
  }

  @Property(tries = 2000)
  void neverPassesTheBudget(
      @ForAll @IntRange(min = 1, max = 300) int in,
      @ForAll @IntRange(min = 1, max = 300) int out,
      @ForAll @DoubleRange(min = 0.01, max = 0.95) double ratio,
      @ForAll @DoubleRange(min = 1, max = 4) double rho) {
    double budget = (1 - ratio) * in * out * 16;
    SparseSize.within(in, out, 16, ratio, rho)
        .ifPresent(size -> {
          long bits = SparseSize.bits(in, out, size.k(), size.s() * out, 16);
          assertThat((double) bits).isLessThanOrEqualTo(budget);
          assertThat(size.k()).isLessThanOrEqualTo(Math.min(in, out));
          assertThat(size.s()).isBetween(1L, size.k());
        });
  }
}
