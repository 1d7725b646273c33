package io.compot.pipeline.train;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.PackedTensors;
import io.compot.form.codec.TrainedWeight;
import io.compot.model.Projection;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * The numbers that a model has: of an ordinary one those of all projections, of a packed one those
 * of what is packed, so that what was to stay as it is stays.
 */
public record StoredWeights(ModelSource model) implements TrainedBlock.Source {

  @Override
  public @Nullable TrainedWeight of(Projection projection) throws InputException {
    Form form = model.packed().get(projection.name());
    if (form == null && !model.packed().isEmpty()) {
      return null;
    }
    try (var _ = TensorScope.open()) {
      if (form == null) {
        return TrainedDense.of(model.tensor(projection.weightName()), projection.layout());
      }
      try (Packed packed =
          PackedTensors.read(model, projection.name(), form, projection.in(), projection.out())) {
        return Codecs.trained(packed);
      }
    }
  }

  @Override
  public TensorInfo info(String tensor) throws InputException {
    return model.info(tensor);
  }
}
