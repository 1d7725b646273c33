package io.compot.pipeline.prune;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.StackFeed;
import io.compot.checkpoint.ModelSource;
import io.compot.model.Architecture;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.tensor.Dtype;

/**
 * A model that parts are to be taken out of, after everything was checked.
 *
 * @param shape and how much goes
 * @param type of the passes
 */
record PruningJob(PruningShape shape, CalibrationSamples samples, Dtype type) {

  Architecture architecture() {
    return shape.architecture();
  }

  ModelSource model() {
    return shape.model();
  }

  double ratio() {
    return shape.ratio();
  }

  /** Its only stack. */
  Stack stack() {
    return shape.stack();
  }

  StackFeed feed() {
    return new StackFeed(stack(), samples.of(stack()));
  }

  WeightLoader loader() {
    return WeightLoader.of(model(), type);
  }
}
