package io.compot.method.structured;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdamWTest {

  /** As the paper's algorithm has it, number by number; begun anew in the middle. */
  @ParameterizedTest
  @CsvSource({"7, 7", "43, 43", "40, 13"})
  void stepsAsThePaperSays(int steps, int restart) {
    try (var _ = TensorScope.open()) {
      Tensor weight = Matrices.gaussian(3, 4, 1);
      double[][] w = Matrices.rows(weight);
      weight.requires_grad_(true);
      double[][] m = new double[3][4];
      double[][] v = new double[3][4];
      int rising = steps == 7 ? 1 : 4;
      try (var adam = new AdamW(List.of(weight), 0.05, steps)) {
        for (int t = 1; t <= steps; t++) {
          Tensor gradient = Matrices.gaussian(3, 4, 10 + t);
          double[][] g = Matrices.rows(gradient);
          if (t == restart + 1) {
            adam.restart(0.02);
            m = new double[3][4];
            v = new double[3][4];
          }
          int age = t > restart ? t - restart : t;
          double most = t > restart ? 0.02 : 0.05;
          double risen = Math.min(1, age / (double) rising);
          double rate = most * risen * 0.5 * (1 + Math.cos(Math.PI * (t - 1) / steps));
          for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 4; j++) {
              m[i][j] = 0.9 * m[i][j] + 0.1 * g[i][j];
              v[i][j] = 0.999 * v[i][j] + 0.001 * g[i][j] * g[i][j];
              double mean = m[i][j] / (1 - Math.pow(0.9, age));
              double square = v[i][j] / (1 - Math.pow(0.999, age));
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
