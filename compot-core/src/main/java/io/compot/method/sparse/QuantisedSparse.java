package io.compot.method.sparse;

import io.compot.error.FailureException;
import io.compot.error.UsageException;
import io.compot.form.Packed;
import io.compot.form.SparseForm;
import io.compot.form.codec.SparseCodec;
import io.compot.method.ComponentLevels;
import io.compot.quantise.CodedValues;
import io.compot.quantise.Feedback;
import io.compot.quantise.Gptq;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.RangeRule;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Sparse factors in few bits (COMPOT with GPTQ, arXiv 2602.15200): the dictionary by GPTQ with the
 * input's Gram matrix, then, on the same support, the code's values anew by least squares for the
 * dictionary as it is stored, and these by GPTQ with the Gram matrix of that dictionary's outputs.
 * Before, atoms share their lengths out with their values, so that values of all atoms are about as
 * large: they share scales, and atoms do not. Owns its tensors.
 *
 * @param dictionary Aᵀ, [k, in]
 * @param code Sᵀ, [out, k]
 */
public record QuantisedSparse(GroupedMatrix dictionary, CodedValues code) implements AutoCloseable {

  private static final int ITERATIONS = 30;

  /**
   * What the factors stand for, and which errors matter.
   *
   * @param weight [out, in]
   * @param gram XᵀX of its input, [in, in], double; only read
   * @param feedback of that
   * @param metric of its outputs, [out, out], double, to weigh errors of the code by; null where
   *     all matter alike
   */
  public record Goal(Tensor weight, Tensor gram, Feedback feedback, @Nullable Tensor metric) {}

  /**
   * Rounds factors of a weight.
   *
   * @param name the projection, for messages
   * @param factors sparse ones, stored plainly; only read
   * @param atoms grid of the dictionary, which its rows must be whole groups of
   * @param values grid of the code, whose groups count nonzeros
   * @throws UsageException where a grid does not fit
   * @throws FailureException where numbers are not finite or scales do not fit their type
   */
  public static QuantisedSparse of(
      String name, Packed factors, Goal goal, Grid atoms, Grid values, RangeRule rule)
      throws FailureException, UsageException {
    try (var _ = TensorScope.open()) {
      // What is kept is what is not +0.0.
      Tensor code =
          SparseCodec.code((SparseForm) factors.form(), factors).dense().to(ScalarType.Double);
      Tensor support = code.view(ScalarType.Long).ne(new Scalar(0L));
      Tensor plain = factors.part(SparseCodec.DICTIONARY).to(ScalarType.Double);
      Tensor levels = ComponentLevels.of(sizes(code, support), plain.square().sum(1).sqrt());
      Tensor level = plain.mul(levels.unsqueeze(1));
      GroupedMatrix dictionary = Gptq.quantise(name, level, goal.feedback(), atoms, rule);
      try {
        Tensor stored = dictionary.dense(Dtype.F64);
        Tensor seen = stored.mm(goal.gram());
        Tensor outputs = seen.mm(stored.t());
        Tensor correlations = goal.weight().to(ScalarType.Double).mm(seen.t());
        Tensor refitted = code.div(levels.masked_fill(levels.eq(new Scalar(0.0)), new Scalar(1.0)));
        refit(refitted, support.to(ScalarType.Double), outputs, correlations, goal.metric());
        try (Feedback feedback = Feedback.of(outputs, Feedback.Order.ACTIVITY, name)) {
          return new QuantisedSparse(
              dictionary, CodedValues.quantise(name, refitted, support, feedback, values, rule));
        }
      } catch (FailureException | UsageException e) {
        dictionary.close();
        throw e;
      }
    }
  }

  private static void refit(
      Tensor code, Tensor support, Tensor gram, Tensor correlations, @Nullable Tensor metric) {
    if (metric == null) {
      new CodeLeastSquares(gram, correlations).refine(code, support, ITERATIONS);
    } else {
      new CoupledLeastSquares(metric, gram, correlations).refine(code, support, ITERATIONS);
    }
  }

  /** Root mean squares of the values of each atom, 0 for atoms that nobody uses. */
  private static Tensor sizes(Tensor code, Tensor support) {
    try (var scope = TensorScope.open()) {
      Tensor count = support.sum(0).clamp_min(new Scalar(1L)).to(ScalarType.Double);
      return scope.keep(code.square().sum(0).div(count).sqrt());
    }
  }

  /** Bits as stored. */
  public long bits() {
    return dictionary.bits() + code.bits();
  }

  /** The product, [out, in], in the caller's scope. */
  public Tensor dense(Dtype computation) {
    try (var scope = TensorScope.open()) {
      return scope.keep(code.dense(computation).mm(dictionary.dense(computation)));
    }
  }

  @Override
  public void close() {
    dictionary.close();
    code.close();
  }
}
