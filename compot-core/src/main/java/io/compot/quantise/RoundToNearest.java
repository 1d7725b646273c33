package io.compot.quantise;

import io.compot.error.FailureException;
import io.compot.error.UsageException;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;

/** Every weight to the nearest point of its group's grid (RTN): needs no calibration. */
public final class RoundToNearest {

  private RoundToNearest() {}

  /**
   * Rounds a weight.
   *
   * @param name the projection, for messages
   * @param weight [out, in], any floating type
   * @throws UsageException where groups do not divide the rows
   * @throws FailureException where weights are not finite, or their scales do not fit their type
   */
  public static GroupedMatrix quantise(String name, Tensor weight, Grid grid, RangeRule rule)
      throws FailureException, UsageException {
    try (var _ = TensorScope.open()) {
      Tensor columns = Columns.of(weight);
      FittedGrid fitted = FittedGrid.of(name, columns, grid, rule);
      return GroupedMatrix.pack(grid, fitted.nearest(columns), fitted);
    }
  }
}
