package io.compot.plan;

import java.util.List;

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
 */
public record Plan(
    String method,
    String allocation,
    List<String> notes,
    double requestedRatio,
    List<PlannedProjection> projections,
    List<PlannedTable> tables,
    BitCount compressed,
    BitCount model) {

  public Plan {
    notes = List.copyOf(notes);
    projections = List.copyOf(projections);
    tables = List.copyOf(tables);
  }

  /** Projections that get factors. */
  public long compressedCount() {
    return projections.stream().filter(PlannedProjection::compressed).count();
  }
}
