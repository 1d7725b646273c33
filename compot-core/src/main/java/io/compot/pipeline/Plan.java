package io.compot.pipeline;

import java.util.List;

/**
 * What a compression would do, layer by layer, known before any work.
 *
 * @param method name of the method
 * @param requestedRatio fraction of bits to remove from the compressed projections
 * @param projections every projection of the model's blocks, in checkpoint order
 * @param compressed bits of the projections that get factors; {@code removed()} is the achieved
 *     ratio
 * @param model bits of all tensors of the checkpoint
 */
public record Plan(
    String method,
    double requestedRatio,
    List<PlannedProjection> projections,
    BitCount compressed,
    BitCount model) {

  public Plan {
    projections = List.copyOf(projections);
  }

  /** Projections that get factors. */
  public long compressedCount() {
    return projections.stream().filter(PlannedProjection::compressed).count();
  }
}
