package io.compot.quantise;

import io.compot.error.FailureException;
import io.compot.error.UsageException;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * GPTQ (arXiv 2210.17323): columns are rounded one after another, each to the nearest points of
 * grids that were fitted to the original weights, after the errors of the earlier ones were made
 * good in it (see {@link Feedback}). Blocks of {@link #BLOCK} columns take what comes from before
 * the block by one matrix product.
 *
 * <p>With {@link Feedback.Order#ACTIVITY} these are llm-compressor's "static" activation order and
 * the original code's {@code static_groups}: groups stay groups of neighbouring columns.
 */
public final class Gptq {

  /** Columns that take the errors of earlier ones at once. */
  static final int BLOCK = 128;

  private Gptq() {}

  /**
   * Rounds a weight.
   *
   * @param name the projection, for messages
   * @param weight [out, in], any floating type
   * @param feedback of its input
   * @throws UsageException where groups do not divide the rows
   * @throws FailureException where weights are not finite, or their scales do not fit their type
   */
  public static GroupedMatrix quantise(
      String name, Tensor weight, Feedback feedback, Grid grid, RangeRule rule)
      throws FailureException, UsageException {
    if (feedback.in() != weight.size(1)) {
      throw new IllegalArgumentException(
          "%s: feedback of %d inputs for a weight of %d"
              .formatted(name, feedback.in(), weight.size(1)));
    }
    try (var _ = TensorScope.open()) {
      Tensor columns = Columns.of(weight);
      FittedGrid fitted = FittedGrid.of(name, columns, grid, rule);
      return quantise(columns, feedback, fitted);
    }
  }

  /**
   * Rounds a weight to grids that stand already.
   *
   * @param columns Wᵀ, [in, out], contiguous F32
   */
  static GroupedMatrix quantise(Tensor columns, Feedback feedback, FittedGrid fitted) {
    try (var _ = TensorScope.open()) {
      int group = fitted.grid().groupIn(columns.size(0));
      Tensor codes = codes(columns, feedback, fitted, group);
      return GroupedMatrix.pack(fitted.grid(), codes, fitted);
    }
  }

  /**
   * The codes of a weight on grids that stand already.
   *
   * @param columns Wᵀ, [in, out], contiguous F32
   * @param group columns that share one row of the fitted scales
   * @return [in, out], U8, in the caller's scope
   */
  static Tensor codes(Tensor columns, Feedback feedback, FittedGrid fitted, int group) {
    try (var scope = TensorScope.open()) {
      Tensor targets = columns.index_select(0, feedback.order());
      Tensor codes = NativeMemory.empty(Dtype.U8, columns.size(0), columns.size(1));
      var panels = new GridPanels(feedback, fitted, group, columns, targets, codes);
      round(panels, feedback.upper(), targets, 0, columns.size(0));
      return scope.keep(codes);
    }
  }

  /**
   * Rounds columns whose targets have what comes from before {@code from}, and puts their errors in
   * the targets' place.
   */
  private static void round(
      GridPanels panels, Tensor upper, Tensor targets, long from, long count) {
    try (var _ = TensorScope.open()) {
      if (count <= BLOCK) {
        Tensor within = upper.narrow(0, from, count).narrow(1, from, count).contiguous();
        panels.round(within, Math.toIntExact(from));
        return;
      }
      long first = Math.ceilDiv(Math.ceilDiv(count, BLOCK), 2L) * BLOCK;
      long rest = count - first;
      round(panels, upper, targets, from, first);
      Tensor between = upper.narrow(0, from, first).narrow(1, from + first, rest);
      Tensor errors = targets.narrow(0, from, first);
      targets.narrow(0, from + first, rest).addmm_(between.t(), errors);
      round(panels, upper, targets, from + first, rest);
    }
  }

  /** w_k + Σ e_j R_jk/R_kk over all columns j before the block, [count, out]. */
  static Tensor targets(Feedback feedback, Tensor ordered, Tensor errors, long from, long count) {
    try (var scope = TensorScope.open()) {
      Tensor block = ordered.narrow(0, from, count).clone();
      if (from > 0) {
        Tensor before = feedback.upper().narrow(0, 0, from).narrow(1, from, count);
        block.addmm_(before.t(), errors.narrow(0, 0, from));
      }
      return scope.keep(block);
    }
  }

  /** Runs some work for each panel of at most {@code rows} rows, in parallel. */
  static void forPanels(int out, int rows, PanelWork work) {
    IntStream.range(0, Math.ceilDiv(out, rows))
        .parallel()
        .forEach(panel -> work.on(panel * rows, Math.min(rows, out - panel * rows)));
  }

  /** Work on the rows from {@code from}. */
  interface PanelWork {
    void on(int from, int rows);
  }
}
