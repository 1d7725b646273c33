package io.compot.calibration;

import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.model.Block;
import io.compot.model.ChangedLinear;
import io.compot.model.Context;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How much more a change of a weight does to its block's output than a small part of it lets
 * expect,
 *
 * <pre>
 * Σ ‖Δy(ΔW)‖² / (Σ ‖Δy(εΔW)‖² / ε²)
 * </pre>
 *
 * in the norm of the output's gradients, E[ggᵀ], over some batches. Predictions by derivatives are
 * those of small changes; attention that looks at one place with all its weight has hardly any, and
 * a larger change makes it look elsewhere. Owns native memory.
 */
final class Curvature implements AutoCloseable {

  /** ε. */
  private static final double SMALL = 0.1;

  /** Batches that tell enough of it. */
  private static final int BATCHES = 4;

  /** Of the metric's mean diagonal entry, added to it: no direction is free. */
  private static final double LEAST = 0.01;

  private final Stack stack;
  private final int block;
  private final WeightLoader loader;
  private final Source source;
  private final List<Lengths.Batch> batches;

  /** The block's outputs as it is, of each of the batches. */
  private final List<Tensor> outputs = new ArrayList<>();

  /** Σ ggᵀ over the batches. */
  private final Tensor metric;

  /** What goes through the block, and what comes back. */
  interface Source {

    /** Hidden states before the block, [samples, tokens, width]. */
    Tensor before(Lengths.Batch batch) throws FailureException;

    /** What it looks at beside them. */
    Context context(Lengths.Batch batch) throws FailureException;

    /** The gradient of what is behind it, of the same shape. */
    Tensor gradient(Lengths.Batch batch) throws FailureException;
  }

  /** Of a block. */
  Curvature(Stack stack, int block, WeightLoader loader, Lengths lengths, Source source)
      throws FailureException {
    this.stack = stack;
    this.block = block;
    this.loader = loader;
    this.source = source;
    List<Lengths.Batch> all = lengths.batches();
    int stride = Math.ceilDiv(all.size(), BATCHES);
    this.batches =
        IntStream.range(0, all.size()).filter(i -> i % stride == 0).mapToObj(all::get).toList();
    try (var scope = TensorScope.open()) {
      Tensor sum = zeros(stack.width(), stack.width());
      for (Lengths.Batch batch : batches) {
        Tensor gradient = rows(source.gradient(batch));
        sum.add_(gradient.t().mm(gradient));
      }
      sum.diagonal().add_(new Scalar(LEAST * sum.diagonal().mean().item_double()));
      this.metric = scope.own(sum);
    }
  }

  /**
   * Tells it of a change.
   *
   * @param change ΔW of the projection, [out, in]
   * @return 1 where the block does to its output what derivatives say, or nothing
   */
  double of(String projection, Tensor change) throws FailureException {
    try (var scope = TensorScope.open();
        var _ = new NoGradGuard()) {
      if (outputs.isEmpty()) {
        outputs(loader).forEach(each -> outputs.add(scope.own(each)));
      }
      double small = energy(projection, change.mul(new Scalar(SMALL))) / SMALL / SMALL;
      double ratio = energy(projection, change) / small;
      return Double.isFinite(ratio) && ratio > 0 ? ratio : 1;
    }
  }

  /** Σ ‖Δy‖² in the metric. */
  private double energy(String projection, Tensor change) throws FailureException {
    try (var _ = TensorScope.open()) {
      double sum = 0;
      List<Tensor> changed =
          outputs(
              loader.decorated(linear ->
                  linear.name().equals(projection) ? new ChangedLinear(linear, change) : linear));
      for (int i = 0; i < changed.size(); i++) {
        Tensor moved = rows(changed.get(i).sub(outputs.get(i)));
        sum += moved.mm(metric).mul_(moved).sum().item_double();
      }
      return sum;
    }
  }

  /** What the block makes of the batches, in the caller's scope. */
  private List<Tensor> outputs(WeightLoader weights) throws FailureException {
    List<Tensor> made = new ArrayList<>();
    try (Block each = stack.block(block, weights)) {
      for (Lengths.Batch batch : batches) {
        try (var scope = TensorScope.open()) {
          made.add(scope.keep(each.forward(source.before(batch), source.context(batch)).detach()));
        }
      }
      return made;
    } catch (InputException e) {
      // It was read a moment ago.
      throw new FailureException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Tensor rows(Tensor batch) {
    return batch.reshape(-1, batch.size(batch.dim() - 1)).to(ScalarType.Float);
  }

  @Override
  public void close() {
    outputs.forEach(Tensor::close);
    metric.close();
  }
}
