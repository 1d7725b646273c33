package io.compot.pipeline.train;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.form.codec.TrainedWeight;
import io.compot.model.Projection;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.TensorScope;

/**
 * Updates of all projections of an ordinary model.
 *
 * @param rank of each
 * @param scale that they are multiplied by
 * @param seed of what they begin with, which differs between projections
 */
public record LowRankUpdates(ModelSource model, int rank, double scale, long seed)
    implements TrainedBlock.Source {

  @Override
  public TrainedWeight of(Projection projection) throws InputException {
    try (var _ = TensorScope.open()) {
      return new LowRankUpdate(
          model.tensor(projection.weightName()),
          projection.layout(),
          rank,
          scale,
          seed * 31 + projection.name().hashCode());
    }
  }

  @Override
  public TensorInfo info(String tensor) throws InputException {
    return model.info(tensor);
  }
}
