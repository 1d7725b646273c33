package io.compot.pipeline.pass;

import static org.bytedeco.pytorch.global.torch.cat;

import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.form.DenseForm;
import io.compot.form.Numbers;
import io.compot.form.Packed;
import io.compot.form.codec.DenseCodec;
import io.compot.plan.PlannedTable;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.RangeRule;
import io.compot.quantise.RoundToNearest;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.jspecify.annotations.Nullable;

/** Embeddings and output projections rounded to grids. */
public final class RoundedTable {

  /** Rows at a time: streams of zero points of so many are whole words at any width. */
  private static final long PANEL = 8192;

  private RoundedTable() {}

  /**
   * A table as it is planned.
   *
   * @return owned by the caller
   */
  public static Packed of(ModelSource source, PlannedTable table) throws CompotException {
    if (!(table.form() instanceof DenseForm(Numbers.Grouped(Grid grid)))) {
      throw new IllegalArgumentException(table.name() + ": tables are rounded to grids");
    }
    try (var scope = TensorScope.open()) {
      Tensor weight = source.tensor(table.name() + ".weight");
      List<GroupedMatrix> panels = new ArrayList<>();
      try {
        for (long from = 0; from < table.out(); from += PANEL) {
          try (var _ = TensorScope.open()) {
            Tensor rows = weight.narrow(0, from, Math.min(PANEL, table.out() - from));
            panels.add(RoundToNearest.quantise(table.name(), rows, grid, RangeRule.LEAST_SQUARES));
          }
        }
        boolean symmetric = grid.symmetric();
        return DenseCodec.packed(
            new GroupedMatrix(
                grid,
                table.in(),
                scope.own(joined(panels, GroupedMatrix::codes)),
                scope.own(joined(panels, GroupedMatrix::scales)),
                symmetric ? null : scope.own(joined(panels, GroupedMatrix::zeros))));
      } finally {
        panels.forEach(GroupedMatrix::close);
      }
    }
  }

  private static Tensor joined(
      List<GroupedMatrix> panels, Function<GroupedMatrix, @Nullable Tensor> part) {
    try (var scope = TensorScope.open();
        var parts = new TensorVector(panels.stream().map(part).toArray(Tensor[]::new))) {
      return scope.keep(cat(parts));
    }
  }
}
