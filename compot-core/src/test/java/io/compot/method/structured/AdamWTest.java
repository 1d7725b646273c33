package io.compot.method.structured;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class AdamWTest {

  /** As the paper's algorithm has it, number by number. */
  @Test
  void stepsAsThePaperSays() {
    try (var _ = TensorScope.open()) {
      Tensor weight = Matrices.gaussian(3, 4, 1);
      double[][] w = Matrices.rows(weight);
      weight.requires_grad_(true);
      double[][] m = new double[3][4];
      double[][] v = new double[3][4];
      int steps = 7;
      try (var adam = new AdamW(List.of(weight), 0.05, steps)) {
        for (int t = 1; t <= steps; t++) {
          Tensor gradient = Matrices.gaussian(3, 4, 10 + t);
          double[][] g = Matrices.rows(gradient);
          double rate = 0.05 * 0.5 * (1 + Math.cos(Math.PI * (t - 1) / steps));
          for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 4; j++) {
              m[i][j] = 0.9 * m[i][j] + 0.1 * g[i][j];
              v[i][j] = 0.999 * v[i][j] + 0.001 * g[i][j] * g[i][j];
              double mean = m[i][j] / (1 - Math.pow(0.9, t));
              double square = v[i][j] / (1 - Math.pow(0.999, t));
              w[i][j] -= rate * 0.01 * w[i][j];
              w[i][j] -= rate * mean / (Math.sqrt(square) + 1e-8);
            }
          }
          weight.mul(gradient).sum().backward();
          adam.step();
        }
      }
      double[][] found = Matrices.rows(weight.detach());
      for (int i = 0; i < 3; i++) {
        assertThat(found[i]).containsExactly(w[i], within(1e-6));
      }
    }
  }
}
