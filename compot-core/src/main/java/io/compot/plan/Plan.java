package io.compot.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a compression would do, layer by layer, known before any work.
 *
 * @param method name of the method
 * @param allocation how the budget was split
 * @param notes what the allocation says of the whole: thresholds, repairs
 * @param requestedRatio fraction of bits to remove from the chosen projections, apart from those
 *     with a ratio of their own
 * @param projections every projection of the model's blocks, in checkpoint order
 * @param tables embedding and output projection, where they are stored in few bits
 * @param compressed bits of the chosen projections, those that share the budget whether or not they
 *     get factors; {@code removed()} is the achieved ratio
 * @param model bits of all tensors of the checkpoint
 * @param curve of other sizes, where rises of the loss were predicted; else null
 * @param training how the whole was trained, where it was; else null
 */
public record Plan(
    String method,
    String allocation,
    List<String> notes,
    double requestedRatio,
    List<PlannedProjection> projections,
    List<PlannedTable> tables,
    BitCount compressed,
    BitCount model,
    @Nullable DamageCurve curve,
    @Nullable TrainingCurve training) {

  public Plan {
    notes = List.copyOf(notes);
    projections = List.copyOf(projections);
    tables = List.copyOf(tables);
  }

  /** The same with what other sizes would cost. */
  Plan with(DamageCurve others) {
    return new Plan(
        method,
        allocation,
        notes,
        requestedRatio,
        projections,
        tables,
        compressed,
        model,
        others,
        training);
  }

  /** Projections that get factors. */
  public long compressedCount() {
    return projections.stream().filter(PlannedProjection::compressed).count();
  }
}
