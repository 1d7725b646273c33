package io.compot.pipeline.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class GatedWeightTest {

  private static final int OUT = 6;
  private static final int IN = 4;

  private static GatedWeight gated(double part, double width) {
    try (var scope = TensorScope.open()) {
      Tensor left = scope.own(Matrices.gaussian(OUT, IN, 1).to(ScalarType.Float));
      Tensor right = scope.own(Matrices.gaussian(IN, IN, 2).to(ScalarType.Float));
      return GatedWeight.of(part, new GatedWeight.Directions(left, right), width);
    }
  }

  /** Row by row and direction by direction. */
  private static double naive(Tensor x, double part, double width) {
    double[][] inputs = Matrices.rows(x);
    double[][] left = Matrices.rows(Matrices.gaussian(OUT, IN, 1));
    double[][] right = Matrices.rows(Matrices.gaussian(IN, IN, 2));
    double sum = 0;
    for (double[] row : inputs) {
      for (double[] output : left) {
        double value = 0;
        for (int i = 0; i < IN; i++) {
          double along = 0;
          for (int j = 0; j < IN; j++) {
            along += row[j] * right[i][j];
          }
          double gate = 0.5 + 0.5 * Math.tanh((part * IN - (i + 1) + 0.5) / width);
          value += along * gate * output[i];
        }
        sum += value * value;
      }
    }
    return sum;
  }

  @Test
  void gateAndSlopeAreThoseOfTheFormula() {
    try (var _ = TensorScope.open()) {
      Tensor x = Matrices.gaussian(3, IN, 7).to(ScalarType.Float);
      for (double part : new double[] {0.1, 0.4, 0.5, 1}) {
        for (double width : new double[] {0.3, 1.5}) {
          try (var gated = gated(part, width)) {
            Tensor sum = gated.apply(x).square().sum();
            sum.backward();
            double expected = naive(x, part, width);
            assertThat(sum.item_double()).isCloseTo(expected, within(1e-4 * expected));
            double step = 1e-5;
            double slope =
                (naive(x, part + step, width) - naive(x, part - step, width)) / (2 * step);
            assertThat(gated.part().grad().item_double())
                .isCloseTo(slope, within(1e-3 * Math.abs(slope) + 1e-3));
          }
        }
      }
    }
  }

  /** A whole number of directions through a narrow gate: these stay, and nothing of the others. */
  @Test
  void aNarrowGateTruncates() {
    try (var _ = TensorScope.open();
        var gated = gated(0.5, 0.01)) {
      Tensor x = Matrices.gaussian(3, IN, 7).to(ScalarType.Float);
      Tensor left = gated.directions().left().narrow(1, 0, 2);
      Tensor right = gated.directions().right().narrow(0, 0, 2);
      Tensor truncated = x.mm(right.t()).mm(left.t());
      assertThat(gated.apply(x).sub(truncated).abs().amax().item_double()).isLessThan(1e-5);
    }
  }
}
