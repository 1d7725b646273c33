package io.compot.method.structured;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Against sums over single numbers. */
class CosineMapTest {

  private static final int WIDTH = 5;
  private static final int TOKENS = 60;

  /** Tokens, a row each, shown in two parts. */
  private record Rows(Tensor inputs, Tensor stream, Tensor targets) {

    void over(CosineMap.Tokens tokens) {
      for (int from = 0; from < TOKENS; from += TOKENS / 2) {
        tokens.add(
            inputs.narrow(0, from, TOKENS / 2),
            stream.narrow(0, from, TOKENS / 2),
            targets.narrow(0, from, TOKENS / 2));
      }
    }

    /** Mean of 1 − cos(M T + x, L). */
    double distance(Tensor map) {
      double[][] m = Matrices.rows(inputs);
      double[][] x = Matrices.rows(stream);
      double[][] l = Matrices.rows(targets);
      double[][] t = Matrices.rows(map);
      double sum = 0;
      for (int row = 0; row < TOKENS; row++) {
        double product = 0;
        double ours = 0;
        double theirs = 0;
        for (int i = 0; i < WIDTH; i++) {
          double z = x[row][i];
          for (int j = 0; j < WIDTH; j++) {
            z += m[row][j] * t[j][i];
          }
          product += z * l[row][i];
          ours += z * z;
          theirs += l[row][i] * l[row][i];
        }
        sum += 1 - product / Math.sqrt(ours * theirs);
      }
      return sum / TOKENS;
    }
  }

  /** Targets that a map gives but for noise, at lengths that differ much from token to token. */
  private static Rows rows(double noise) {
    Tensor inputs = Matrices.gaussian(TOKENS, WIDTH, 1);
    Tensor stream = Matrices.gaussian(TOKENS, WIDTH, 2);
    Tensor map = Matrices.gaussian(WIDTH, WIDTH, 3);
    Tensor off = Matrices.gaussian(TOKENS, WIDTH, 4).mul(new Scalar(noise));
    Tensor lengths = Matrices.gaussian(TOKENS, 1, 5).exp();
    return new Rows(inputs, stream, inputs.mm(map).add(stream).add(off).mul(lengths));
  }

  private static Tensor leastSquares(Rows rows) {
    try (var sums = new LeastSquaresMap(WIDTH)) {
      sums.add(rows.inputs(), rows.targets().sub(rows.stream()));
      return sums.solve(1e-6);
    }
  }

  /** No small step in any direction of a gradient by differences gets nearer. */
  @Test
  void nothingNearbyPointsMoreNearlyThere() throws Exception {
    try (var _ = TensorScope.open()) {
      Rows rows = rows(0.3);
      Tensor start = leastSquares(rows);
      Tensor map = CosineMap.fit(start, 1e-3, rows::over);
      double least = rows.distance(map);
      assertThat(least).isLessThan(0.8 * rows.distance(start));
      Tensor slope = torch.zeros_like(map);
      double step = 1e-5;
      for (int i = 0; i < WIDTH; i++) {
        for (int j = 0; j < WIDTH; j++) {
          Tensor unit = torch.zeros_like(map);
          unit.select(0, i).select(0, j).fill_(new Scalar(step));
          double change = rows.distance(map.add(unit)) - rows.distance(map.sub(unit));
          slope.select(0, i).select(0, j).fill_(new Scalar(change / (2 * step)));
        }
      }
      for (double length : new double[] {0.01, 0.1, 1}) {
        double there = rows.distance(map.sub(slope.mul(new Scalar(length))));
        assertThat(there).isGreaterThan(least * (1 - 1e-3));
      }
    }
  }

  /** Lengths do not count: where a map gives the very directions, it is found. */
  @Test
  void directionsThatAMapGivesAreReached() throws Exception {
    try (var _ = TensorScope.open()) {
      Rows rows = rows(0);
      Tensor start = leastSquares(rows);
      Tensor found = CosineMap.fit(start, 1e-6, rows::over);
      Tensor expected = Matrices.gaussian(WIDTH, WIDTH, 3);
      double off = found.sub(expected).norm().item_double();
      assertThat(off).isLessThan(0.05 * start.sub(expected).norm().item_double());
      assertThat(rows.distance(found)).isLessThan(1e-3 * rows.distance(start));
    }
  }

  /** Where nothing can be better than the start, the start comes back. */
  @Test
  void itIsNeverFurtherThanTheStart() throws Exception {
    try (var _ = TensorScope.open()) {
      Rows rows = rows(0);
      Tensor exact = Matrices.gaussian(WIDTH, WIDTH, 3);
      Tensor map = CosineMap.fit(exact, 1e-3, rows::over);
      assertThat(rows.distance(map)).isCloseTo(0, within(1e-12));
    }
  }

  @Test
  void numbersThatAreNoneAreRefused() {
    try (var _ = TensorScope.open()) {
      Rows rows = rows(0.3);
      rows.targets().select(0, 3).fill_(new Scalar(Double.NaN));
      Tensor start = torch.eye(WIDTH, new TensorOptions(ScalarType.Double));
      assertThatThrownBy(() -> CosineMap.fit(start, 1e-3, rows::over))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("numbers that are none");
    }
  }
}
