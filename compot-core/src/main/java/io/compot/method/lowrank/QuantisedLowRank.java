package io.compot.method.lowrank;

import static org.bytedeco.pytorch.global.torch.cholesky_solve;

import io.compot.error.FailureException;
import io.compot.error.UsageException;
import io.compot.form.Packed;
import io.compot.form.codec.LowRankCodec;
import io.compot.method.ComponentLevels;
import io.compot.quantise.Feedback;
import io.compot.quantise.Gptq;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.RangeRule;
import io.compot.tensor.Dtype;
import io.compot.tensor.RidgedCholesky;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Low-rank factors in few bits (SVD-LLM with GPTQ, arXiv 2403.07378): the right factor by GPTQ with
 * the input's Gram matrix, then the left one anew by least squares for the right one as it is
 * stored, and that by GPTQ with the Gram matrix of the right factor's outputs. Before, columns of
 * the left factor give their lengths to the rows of the right one, which have scales of their own.
 * Owns its tensors.
 *
 * @param left [out, r]
 * @param right [r, in]
 */
public record QuantisedLowRank(GroupedMatrix left, GroupedMatrix right) implements AutoCloseable {

  private static final double RIDGE = 1e-8;

  /**
   * Rounds factors of a weight.
   *
   * @param name the projection, for messages
   * @param factors low-rank ones, stored plainly; only read
   * @param weight [out, in], what the factors stand for
   * @param gram XᵀX of its input, [in, in], double; only read
   * @param input feedback of that
   * @param leftGrid grid of the left factor, whose rows of r must be whole groups of it
   * @param rightGrid grid of the right factor
   * @throws UsageException where a grid does not fit
   * @throws FailureException where numbers are not finite or scales do not fit their type
   */
  public static QuantisedLowRank of(
      String name,
      Packed factors,
      Tensor weight,
      Tensor gram,
      Feedback input,
      Grid leftGrid,
      Grid rightGrid,
      RangeRule rule)
      throws FailureException, UsageException {
    try (var _ = TensorScope.open()) {
      Tensor plain = factors.part(LowRankCodec.RIGHT).to(ScalarType.Double);
      Tensor before = factors.part(LowRankCodec.LEFT).to(ScalarType.Double);
      Tensor levels =
          ComponentLevels.of(before.square().sum(0).sqrt(), plain.square().sum(1).sqrt());
      Tensor level = plain.mul(levels.unsqueeze(1));
      GroupedMatrix right = Gptq.quantise(name, level, input, rightGrid, rule);
      try {
        Tensor stored = right.dense(Dtype.F64);
        Tensor seen = stored.mm(gram);
        Tensor outputs = seen.mm(stored.t());
        Tensor correlations = weight.to(ScalarType.Double).mm(seen.t());
        double ridge = RIDGE * outputs.diagonal().mean().item_double();
        Tensor root = RidgedCholesky.lower(outputs.clone(), Math.max(ridge, Double.MIN_NORMAL));
        Tensor refitted = cholesky_solve(correlations.t(), root, false).t();
        try (Feedback feedback = Feedback.of(outputs, Feedback.Order.ACTIVITY, name)) {
          return new QuantisedLowRank(
              Gptq.quantise(name, refitted, feedback, leftGrid, rule), right);
        }
      } catch (FailureException | UsageException e) {
        right.close();
        throw e;
      }
    }
  }

  /** Bits as stored. */
  public long bits() {
    return left.bits() + right.bits();
  }

  /** The product, [out, in], in the caller's scope. */
  public Tensor dense(Dtype computation) {
    try (var scope = TensorScope.open()) {
      return scope.keep(left.dense(computation).mm(right.dense(computation)));
    }
  }

  @Override
  public void close() {
    left.close();
    right.close();
  }
}
