package io.compot.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.testing.Matrices;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class MatrixThresholdTest {

  private record Entry(int row, int column, double magnitude) {}

  @Property(tries = 100)
  void keepsWhatAFullSortKeeps(
      @ForAll @IntRange(min = 1, max = 150) int rows,
      @ForAll @IntRange(min = 1, max = 20) int columns,
      @ForAll @IntRange(max = 1000) int share,
      @ForAll @IntRange(min = 1, max = 4) int digits,
      @ForAll int seed) {
    try (var _ = TensorScope.open()) {
      // Few digits make ties and zeros.
      Tensor coarse = Matrices.gaussian(rows, columns, seed).mul(new Scalar(digits)).round();
      Tensor matrix = coarse.to(ScalarType.Float).contiguous();
      double[][] before = Matrices.rows(matrix);
      int nonzeros = rows + (int) ((long) (rows * columns - rows) * share / 1000);
      double[][] expected = oracle(before, nonzeros);
      double energy = MatrixThreshold.keepLargest(matrix, nonzeros);
      assertThat(Matrices.rows(matrix)).isDeepEqualTo(expected);
      double sum = 0;
      for (double[] row : expected) {
        for (double value : row) {
          sum += value * value;
        }
      }
      assertThat(energy).isCloseTo(sum, within(1e-6 * sum));
      Tensor stored = matrix.view(ScalarType.Int).ne(new Scalar(0));
      assertThat(stored.sum().item_long()).isEqualTo(nonzeros);
      assertThat(stored.sum(1).amin().item_long()).isPositive();
    }
  }

  @Test
  void budgetsThatDoNotFitAreAProgrammingError() {
    try (var _ = TensorScope.open()) {
      Tensor matrix = Matrices.gaussian(4, 3, 1).to(ScalarType.Float);
      for (long nonzeros : new long[] {3, 13}) {
        assertThatThrownBy(() -> MatrixThreshold.keepLargest(matrix, nonzeros))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  private static double[][] oracle(double[][] matrix, int nonzeros) {
    List<Entry> rest = new ArrayList<>();
    double[][] kept = new double[matrix.length][matrix[0].length];
    Comparator<Entry> order = Comparator.comparingDouble((Entry e) -> -e.magnitude());
    for (int i = 0; i < matrix.length; i++) {
      List<Entry> row = new ArrayList<>();
      for (int j = 0; j < matrix[i].length; j++) {
        row.add(new Entry(i, j, Math.abs(matrix[i][j])));
      }
      row.sort(order);
      keep(kept, matrix, row.removeFirst());
      row.sort(Comparator.comparingInt(Entry::column));
      rest.addAll(row);
    }
    rest.sort(order);
    rest.subList(0, nonzeros - matrix.length).forEach(entry -> keep(kept, matrix, entry));
    return kept;
  }

  private static void keep(double[][] kept, double[][] matrix, Entry entry) {
    double value = matrix[entry.row()][entry.column()];
    // A stored zero is negative.
    kept[entry.row()][entry.column()] = value == 0 ? -0.0 : value;
  }
}
