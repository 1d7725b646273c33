package io.compot.pipeline.task;

import io.compot.plan.LayerTask;
import io.compot.result.LayerReport;
import io.compot.tensor.Whitening;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A layer task whose weight is the model's.
 *
 * @param gram of its input; null without calibration
 * @param metric file of its output metric; null for methods that have none
 * @param paired what its input looks like in both models, in place of the Gram matrix, for work
 *     through the compressed prefix; else null
 */
public record FactoriseTask(
    Premises premises,
    LayerTask layer,
    @Nullable StoredGram gram,
    @Nullable Path metric,
    @Nullable PairedSums paired)
    implements CrewTask<FactoriseTask.Factorised> {

  /**
   * What was made.
   *
   * @param step by which the input was whitened; null without calibration
   */
  public record Factorised(LayerReport report, Whitening.@Nullable Step step) {}

  @Override
  public Class<Factorised> gives() {
    return Factorised.class;
  }
}
