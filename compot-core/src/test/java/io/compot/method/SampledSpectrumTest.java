package io.compot.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SampledSpectrumTest {

  @Test
  void shortSpectraAreWhole() {
    var sampled = SampledSpectrum.of(List.of(4.0, 2.0, 1.0));
    assertThat(sampled)
        .isEqualTo(new SampledSpectrum(3, List.of(1, 2, 3), List.of(1.0, 0.5, 0.25)));
  }

  @Test
  void longOnesKeepBothEnds() {
    List<Double> values = IntStream.range(0, 1000).mapToObj(i -> 1000.0 - i).toList();
    var sampled = SampledSpectrum.of(values);
    assertThat(sampled.size()).isEqualTo(1000);
    assertThat(sampled.ranks()).hasSize(64).isSorted().doesNotHaveDuplicates();
    assertThat(sampled.ranks().getFirst()).isEqualTo(1);
    assertThat(sampled.ranks().getLast()).isEqualTo(1000);
    for (int i = 0; i < 64; i++) {
      assertThat(sampled.values().get(i)).isEqualTo((1001.0 - sampled.ranks().get(i)) / 1000);
    }
  }

  @Test
  void oneValueAndOnlyZeros() {
    assertThat(SampledSpectrum.of(List.of(7.0)).values()).containsExactly(1.0);
    assertThat(SampledSpectrum.of(DoubleStream.of(0, 0).boxed().toList()).values())
        .containsExactly(0.0, 0.0);
  }
}
