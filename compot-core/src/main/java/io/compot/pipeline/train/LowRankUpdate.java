package io.compot.pipeline.train;

import io.compot.form.codec.TrainedWeight;
import io.compot.model.WeightLayout;
import io.compot.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A weight that stays, and an update of low rank that is trained (LoRA, arXiv 2106.09685, eq. 3):
 *
 * <pre>
 * y = x (W + s B A)ᵀ,   A [r, in],   B [out, r]
 * </pre>
 *
 * A begins with even numbers within ±1/√in and B with 0, as in peft, so that the weight begins as
 * it is. The checkpoint stores the sum.
 */
final class LowRankUpdate implements TrainedWeight {

  private static final String STORED = "weight";

  private final Tensor weight;
  private final Tensor down;
  private final Tensor up;
  private final double scale;
  private final WeightLayout layout;

  /** [out, in], what is applied in place of all the rest. */
  private @Nullable Tensor shown;

  /**
   * The update of a weight.
   *
   * @param stored in the layout of the checkpoint, the caller's
   * @param rank r
   * @param scale s
   * @param seed of A
   */
  LowRankUpdate(Tensor stored, WeightLayout layout, int rank, double scale, long seed) {
    this.scale = scale;
    this.layout = layout;
    try (var scope = TensorScope.open()) {
      weight = scope.own(layout.turned(stored).to(ScalarType.Float).clone());
      long out = weight.size(0);
      int in = Math.toIntExact(weight.size(1));
      double bound = 1 / Math.sqrt(in);
      var random = new SplittableRandom(seed);
      float[] even = new float[rank * in];
      for (int i = 0; i < even.length; i++) {
        even[i] = (float) random.nextDouble(-bound, bound);
      }
      down = TrainedWeight.leaf(Tensor.create(even, rank, in));
      up = TrainedWeight.leaf(weight.new_zeros(new long[] {out, rank}));
    }
  }

  @Override
  public SequencedMap<String, Tensor> numbers() {
    var numbers = new LinkedHashMap<String, Tensor>();
    numbers.put("lora_A", down);
    numbers.put("lora_B", up);
    return numbers;
  }

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      if (shown != null) {
        return scope.keep(x.matmul(shown.t()));
      }
      Tensor update = x.matmul(down.t()).matmul(up.t()).mul(new Scalar(scale));
      return scope.keep(x.matmul(weight.t()).add(update));
    }
  }

  /** W + s B A. */
  @Override
  public SequencedMap<String, Tensor> stored() {
    try (var scope = TensorScope.open();
        var _ = new NoGradGuard()) {
      var stored = new LinkedHashMap<String, Tensor>();
      Tensor sum = weight.addmm(up, down, new Scalar(1), new Scalar(scale));
      stored.put(STORED, scope.keep(layout.turned(sum)));
      return stored;
    }
  }

  @Override
  public Shown show(List<Tensor> stored) {
    try (var scope = TensorScope.open()) {
      Tensor sum = scope.own(layout.turned(stored.getFirst()).to(ScalarType.Float).clone());
      shown = sum;
      return () -> {
        shown = null;
        sum.close();
      };
    }
  }

  @Override
  public void close() {
    weight.close();
    down.close();
    up.close();
  }
}
