package io.compot.quantise;

import static org.bytedeco.pytorch.global.torch.full_like;
import static org.bytedeco.pytorch.global.torch.maximum;
import static org.bytedeco.pytorch.global.torch.where;

import io.compot.error.FailureException;
import io.compot.error.UsageException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Where the grids of a matrix's groups stand, already rounded to their stored type, so that codes
 * are chosen for what will be read. Tensors belong to the scope that was open.
 *
 * @param scales s, [groups, out], F32
 * @param zeros z, [groups, out], F32, whole numbers
 */
public record FittedGrid(Grid grid, Tensor scales, Tensor zeros) {

  /**
   * Fits grids to the weights as they are, before anything is rounded ("static" groups).
   *
   * @param name the projection, for messages
   * @param columns Wᵀ, [in, out], contiguous F32
   * @throws UsageException where groups do not divide the rows
   * @throws FailureException where weights are not finite, or their scales do not fit their type
   */
  public static FittedGrid of(String name, Tensor columns, Grid grid, RangeRule rule)
      throws FailureException, UsageException {
    grid.requireFits(name, columns.size(0));
    try (var scope = TensorScope.open()) {
      FittedGrid fitted = minMax(name, columns, grid);
      if (rule == RangeRule.LEAST_SQUARES) {
        RangeSearch.improve(columns, fitted);
      }
      Tensor stored = fitted.stored(name);
      return new FittedGrid(grid, scope.keep(stored), scope.keep(fitted.zeros()));
    }
  }

  private static FittedGrid minMax(String name, Tensor columns, Grid grid) throws FailureException {
    long in = columns.size(0);
    Tensor groups = columns.view(grid.groups(in), grid.groupIn(in), columns.size(1));
    Tensor least = groups.amin(new long[] {1}, false).clamp_max_(new Scalar(0.0));
    Tensor most = groups.amax(new long[] {1}, false).clamp_min_(new Scalar(0.0));
    // What is no number goes through all of these.
    if (!Double.isFinite(least.amin().item_double())
        || !Double.isFinite(most.amax().item_double())) {
      throw new FailureException(
          name + ": the weight has NaN or infinite entries; exclude this projection");
    }
    Tensor scales;
    if (grid.symmetric()) {
      scales = maximum(least.neg(), most).div(new Scalar(grid.top() / 2.0));
    } else {
      scales = most.sub(least).div(new Scalar((double) grid.top()));
    }
    // A group of zeros is zero at any scale.
    Tensor usable = where(scales.gt(new Scalar(0.0)), scales, full_like(scales, new Scalar(1.0)));
    Tensor zeros =
        grid.symmetric()
            ? full_like(usable, new Scalar((double) grid.middle()))
            : least.div(usable).round().neg();
    return new FittedGrid(
        grid,
        usable,
        zeros.clamp_min_(new Scalar(0.0)).clamp_max_(new Scalar((double) grid.top())));
  }

  /** The scales as they will be read back. */
  private Tensor stored(String name) throws FailureException {
    Tensor rounded = scales.to(grid.scale().scalarType()).to(ScalarType.Float);
    double least = rounded.amin().item_double();
    double most = rounded.amax().item_double();
    if (!(least > 0) || !Double.isFinite(most)) {
      throw new FailureException(
          "%s: scales from %.3g to %.3g do not fit into %s; store scales as %s"
              .formatted(
                  name,
                  scales.amin().item_double(),
                  scales.amax().item_double(),
                  grid.scale(),
                  grid.scale() == Dtype.F16 ? "BF16" : "F32"));
    }
    return rounded;
  }

  /**
   * The nearest codes of whole columns.
   *
   * @param columns [in, out], F32
   * @return [in, out], U8, in the caller's scope
   */
  Tensor nearest(Tensor columns) {
    try (var scope = TensorScope.open()) {
      long in = columns.size(0);
      long out = columns.size(1);
      Tensor groups = columns.view(grid.groups(in), grid.groupIn(in), out);
      // Around the middle code, as others have it: F32 keeps more digits there.
      double middle = grid.middle();
      Tensor centres = zeros.sub(new Scalar(middle)).unsqueeze(1);
      Tensor codes =
          groups
              .div(scales.unsqueeze(1))
              .add_(centres)
              .round_()
              .clamp_min_(new Scalar(-middle))
              .clamp_max_(new Scalar(middle - 1))
              .add_(new Scalar(middle))
              .to(ScalarType.Byte);
      return scope.keep(codes.view(in, out));
    }
  }
}
