package io.compot.export.grouped;

import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.export.MergedWeights;
import io.compot.export.ReportedError;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.RangeRule;
import io.compot.quantise.RoundToNearest;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What may be made of factors for a format that has none: products of them, dense or rounded, with
 * the size of the whole and what rounding changes.
 *
 * @param model the packed folder
 * @param sample the weight that is rounded to tell that
 */
record FactorMerge(Path model, MergedWeights weights, String sample) {

  /** One way, with its bytes and what it changes. */
  String offer(String option, long bytes, Grid grid) throws CompotException {
    return "%s (%,d bytes, weights change by %s more)"
        .formatted(option, bytes, ReportedError.percent(rounded(grid)));
  }

  private double rounded(Grid grid) throws CompotException {
    try (var _ = TensorScope.open()) {
      Tensor weight = weights.finiteTensor(sample);
      try (GroupedMatrix matrix =
          RoundToNearest.quantise(sample, weight, grid, RangeRule.LEAST_SQUARES)) {
        double error = matrix.dense(Dtype.F32).sub(weight).norm().item_double();
        return error / Math.max(weight.norm().item_double(), Double.MIN_NORMAL);
      }
    }
  }

  UsageException refuse(String format, int count, List<String> offers, long dense)
      throws InputException {
    String kept =
        ReportedError.mean(model)
            .map("; the %s that they lost when they were packed stays lost"::formatted)
            .orElse("");
    return new UsageException(
        "%s: %d projections are packed as %s, for which the format %s has no place; multiply them out by %s--format dense (%,d bytes, no more change)%s"
            .formatted(
                model,
                count,
                weights.form(sample).orElseThrow().words(),
                format,
                offers.isEmpty() ? "" : String.join(", ", offers) + " or ",
                dense,
                kept));
  }
}
