package io.compot.form;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.tensor.Dtype;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SparseFormTest {

  /** CoSpaDi A.11's own example, and ours of the design. */
  @Test
  void agreesWithThePublishedExamples() {
    assertThat(SparseForm.within(4096, 12288, Dtype.BF16, 0.2, 2))
        .contains(SparseForm.plain(3657, 1828, Dtype.BF16));
    assertThat(SparseForm.within(2048, 8192, Dtype.BF16, 0.2, 2))
        .contains(SparseForm.plain(2016, 1008, Dtype.BF16));
    assertThat(SparseForm.within(128, 128, Dtype.F32, 0.2, 2))
        .contains(SparseForm.plain(66, 33, Dtype.F32));
  }

  @Test
  void spendsTheRestOnNonzerosWhereAtomsRunOut() {
    SparseForm size = SparseForm.within(2048, 8192, Dtype.BF16, 0.1, 2).orElseThrow();
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
    SparseForm.within(in, out, Dtype.F16, ratio, rho)
        .ifPresent(size -> {
          long nonzeros = size.s() * out;
          long mask = out * 8L * ((size.k() + 7) / 8);
          long bits = 16 * (size.k() * in + nonzeros) + mask;
          assertThat(size.bits(in, out)).isEqualTo(bits);
          assertThat((double) bits).isLessThanOrEqualTo(budget);
          assertThat(size.k()).isLessThanOrEqualTo(Math.min(in, out));
          assertThat(size.s()).isBetween(1L, size.k());
        });
  }
}
