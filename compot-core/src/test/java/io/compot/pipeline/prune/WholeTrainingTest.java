package io.compot.pipeline.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.TokenWindows;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.pipeline.train.StoredWeights;
import io.compot.pipeline.train.TrainedModel;
import io.compot.recipe.Budget;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** What going back block by block gives is how the loss changes. */
class WholeTrainingTest {

  private static final Path MODEL = Path.of("..", "demo", "model");

  private static PruningJob job(ModelSource model) throws Exception {
    var shape = PruningShape.of("heal", model, new Budget.ByMethod());
    var random = new Random(3);
    var windows = new ArrayList<long[]>();
    for (int i = 0; i < 3; i++) {
      windows.add(random.longs(12, 0, 1024).toArray());
    }
    var samples = CalibrationSamples.of(shape.architecture(), new TokenWindows(windows));
    return new PruningJob(shape, samples, Dtype.F32);
  }

  /** The loss is the mean squared logarithm of likelihoods, whatever that may mean. */
  private static Tensor loss(Tensor likelihoods) {
    return likelihoods.square().mean(new long[] {-1}).sum();
  }

  private static TrainedModel model(ModelSource source, PruningJob job) throws Exception {
    return new TrainedModel(
        job.architecture(),
        source,
        job.samples().of(job.stack()),
        new StoredWeights(source),
        (likelihoods, _, _) -> loss(likelihoods));
  }

  @Test
  void gradientsAreSlopes() throws Exception {
    List<Integer> windows = List.of(2, 0);
    try (ModelSource source = Checkpoint.open(MODEL);
        var model = model(source, job(source));
        var _ = TensorScope.open()) {
      double value = model.differentiate(windows);
      assertThat(model.loss(windows)).isCloseTo(value, within(1e-5 * value));
      torch.manual_seed(5);
      List<Tensor> were = model.leaves().stream().map(leaf -> leaf.detach().clone()).toList();
      for (int turn = 0; turn < 3; turn++) {
        List<Tensor> up = new ArrayList<>();
        List<Tensor> down = new ArrayList<>();
        double slope = 0;
        for (int i = 0; i < were.size(); i++) {
          // Towards the gradient, mostly, or all that is seen is curvature and rounding.
          Tensor gradient = model.leaves().get(i).grad();
          double length = gradient.norm().item_double();
          Tensor noise = torch.randn_like(gradient);
          Tensor unit = gradient.div(new Scalar(length)).add(noise.div(noise.norm()));
          Tensor step = unit.mul(new Scalar(2.5e-3));
          slope += step.mul(gradient).sum().item_double();
          up.add(were.get(i).add(step));
          down.add(were.get(i).sub(step));
        }
        model.put(up);
        double above = model.loss(windows);
        model.put(down);
        double below = model.loss(windows);
        assertThat((above - below) / 2).isCloseTo(slope, within(0.02 * slope));
      }
    }
  }
}
