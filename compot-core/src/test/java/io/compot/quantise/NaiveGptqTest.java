package io.compot.quantise;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.error.CompotException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import io.compot.testing.NaiveAlgebra;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * GPTQ as "optimal brain surgery" tells it, one column at a time and without any factorisation: the
 * error of a rounded weight is made good in those that are left by the inverse of their own Gram
 * matrix.
 */
class NaiveGptqTest {

  private static final int IN = 160;

  private final TensorScope scope = TensorScope.open();

  @AfterEach
  void close() {
    scope.close();
  }

  @ParameterizedTest
  @CsvSource({"4, 16, true, NATURAL", "3, 32, false, ACTIVITY", "2, 0, true, ACTIVITY"})
  void agreesWithTheOracle(int width, int group, boolean symmetric, Feedback.Order order)
      throws CompotException {
    Tensor weight = Matrices.gaussian(7, IN, 3);
    Tensor gram = Matrices.gram(IN, 700, 4);
    gram.narrow(0, 5, 1).zero_();
    gram.narrow(1, 5, 1).zero_();
    var grid = new Grid(width, group, symmetric, Dtype.F16);
    try (Feedback feedback = Feedback.of(gram, order, "p");
        GroupedMatrix found = Gptq.quantise("p", weight, feedback, grid, RangeRule.LEAST_SQUARES);
        GroupedMatrix nearest =
            RoundToNearest.quantise("p", weight, grid, RangeRule.LEAST_SQUARES)) {
      assertThat(feedback.damping()).isEqualTo(0.01);
      double[][] w = Matrices.rows(weight);
      double[][] scales = Matrices.rows(found.scales());
      double[][] zeros = Matrices.rows(found.zeroPoints());
      double[][] expected = oracle(w, damped(gram), scales, zeros, grid, order);
      double[][] codes = Matrices.rows(found.integers());
      int same = 0;
      for (int i = 0; i < w.length; i++) {
        same += Arrays.equals(codes[i], expected[i]) ? 1 : 0;
      }
      // A tie that F32 and double round apart changes the rest of its row.
      assertThat(same).isGreaterThanOrEqualTo(w.length - 1);
      assertThat(error(weight, found, gram)).isLessThan(0.7 * error(weight, nearest, gram));
      // A dead column takes no errors.
      Tensor dead = found.integers().narrow(1, 5, 1);
      assertThat(dead.equal(nearest.integers().narrow(1, 5, 1))).isTrue();
    }
  }

  private static double error(Tensor weight, GroupedMatrix found, Tensor gram) {
    Tensor error = found.dense(Dtype.F64).sub_(weight);
    return error.mm(gram).mul_(error).sum().item_double();
  }

  private static double[][] damped(Tensor gram) {
    double mean = gram.diagonal().mean().item_double();
    Tensor damped = gram.clone();
    damped.diagonal().add_(new Scalar(0.01 * mean));
    return Matrices.rows(damped);
  }

  private static double[][] oracle(
      double[][] weight,
      double[][] gram,
      double[][] scales,
      double[][] zeros,
      Grid grid,
      Feedback.Order order) {
    int[] places = IntStream.range(0, IN).toArray();
    if (order == Feedback.Order.ACTIVITY) {
      places =
          IntStream.range(0, IN)
              .boxed()
              .sorted(Comparator.comparingDouble(j -> -gram[j][j]))
              .mapToInt(Integer::intValue)
              .toArray();
    }
    double[][] w = Arrays.stream(weight).map(double[]::clone).toArray(double[][]::new);
    double[][] codes = new double[w.length][IN];
    int group = grid.groupIn(IN);
    for (int place = 0; place < IN; place++) {
      int column = places[place];
      int[] left = Arrays.copyOfRange(places, place + 1, IN);
      double[][] among = new double[left.length][left.length];
      double[] across = new double[left.length];
      for (int a = 0; a < left.length; a++) {
        across[a] = gram[left[a]][column];
        for (int b = 0; b < left.length; b++) {
          among[a][b] = gram[left[a]][left[b]];
        }
      }
      double[] repair = left.length == 0 ? across : NaiveAlgebra.solve(among, across);
      for (int row = 0; row < w.length; row++) {
        double s = scales[row][column / group];
        double z = zeros[row][column / group];
        double q = Math.clamp(Math.rint(w[row][column] / s + z), 0, grid.top());
        codes[row][column] = q;
        double error = w[row][column] - s * (q - z);
        for (int a = 0; a < left.length; a++) {
          w[row][left[a]] += error * repair[a];
        }
      }
    }
    return codes;
  }
}
