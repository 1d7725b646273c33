package io.compot.method.structured;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.compot.method.structured.LlmPrunerMethod.Taylor;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What each weight of a matrix counts, from the gradients of single samples (LLM-Pruner, arXiv
 * 2305.11627, equations 3 to 6): g is the mean of them, F the mean of their squares.
 */
public final class TaylorImportance implements AutoCloseable {

  private final Tensor weight;
  private final Tensor sum;
  private final Tensor squares;
  private int samples;

  /**
   * No samples yet.
   *
   * @param weight [out, in]
   */
  public TaylorImportance(Tensor weight) {
    try (var scope = TensorScope.open()) {
      this.weight = scope.own(weight.to(ScalarType.Float).clone());
      this.sum = scope.own(zeros_like(this.weight));
      this.squares = scope.own(zeros_like(this.weight));
    }
  }

  /**
   * Adds a sample.
   *
   * @param gradient of its loss, [out, in]
   */
  public void add(Tensor gradient) {
    try (var _ = TensorScope.open()) {
      sum.add_(gradient);
      squares.addcmul_(gradient, gradient);
      samples++;
    }
  }

  /**
   * The importance of each row, or of each column.
   *
   * @return one number each, in double, in the caller's scope
   */
  public Tensor along(boolean rows, Taylor taylor) {
    try (var scope = TensorScope.open()) {
      long over = rows ? 1 : 0;
      return scope.keep(salience(taylor).sum(over).abs());
    }
  }

  private Tensor salience(Taylor taylor) {
    try (var scope = TensorScope.open()) {
      Tensor w = weight.to(ScalarType.Double);
      Tensor first = w.mul(sum).div_(new Scalar((double) samples));
      Tensor second = w.square().mul_(squares).div_(new Scalar((double) samples));
      return scope.keep(
          switch (taylor) {
            case FIRST -> first.abs_();
            case SECOND -> second.abs_();
            case MIXED -> first.sub_(second.mul_(new Scalar(0.5))).abs_();
            case VECTOR -> first;
          });
    }
  }

  @Override
  public void close() {
    weight.close();
    sum.close();
    squares.close();
  }
}
