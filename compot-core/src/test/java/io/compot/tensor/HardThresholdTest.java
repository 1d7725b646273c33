package io.compot.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.testing.Matrices;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

class HardThresholdTest {

  /** Against sorting; {@code levels} distinct magnitudes make ties, the first level is zero. */
  @Property(tries = 200)
  void agreesWithSorting(
      @ForAll @IntRange(min = 1, max = 90) int n,
      @ForAll @IntRange(min = 1, max = 70) int k,
      @ForAll @IntRange(min = 0, max = 6) int levels,
      @ForAll @IntRange(min = 0, max = 1000) int draw) {
    try (var _ = TensorScope.open()) {
      double[][] rows = Matrices.rows(Matrices.gaussian(n, k, draw).to(ScalarType.Float));
      if (levels > 0) {
        for (double[] row : rows) {
          for (int i = 0; i < k; i++) {
            row[i] = Math.round(row[i] * levels) / (double) levels;
          }
        }
      }
      int s = 1 + draw % k;
      Tensor actual = Matrices.tensor(rows).to(ScalarType.Float);
      double[][] exact = Matrices.rows(actual);
      double energy = HardThreshold.keepLargest(actual, s);
      double expectedEnergy = 0;
      double[][] expected = new double[n][k];
      for (int row = 0; row < n; row++) {
        double[] values = exact[row];
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < k; i++) {
          order.add(i);
        }
        order.sort(Comparator.comparingDouble(i -> -Math.abs(values[i]))); // stable: lower first
        for (int i : order.subList(0, s)) {
          expected[row][i] = values[i] == 0 ? -0.0 : values[i];
          expectedEnergy += values[i] * values[i];
        }
      }
      // Double.equals of arrays tells -0.0 from +0.0.
      assertThat(Matrices.rows(actual)).isDeepEqualTo(expected);
      assertThat(energy).isCloseTo(expectedEnergy, within(1e-9 * (1 + expectedEnergy)));
    }
  }
}
