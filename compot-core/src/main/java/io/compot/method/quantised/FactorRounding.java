package io.compot.method.quantised;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.LowRankForm;
import io.compot.form.Numbers;
import io.compot.form.Packed;
import io.compot.form.SparseForm;
import io.compot.form.codec.LowRankCodec;
import io.compot.form.codec.SparseCodec;
import io.compot.method.LayerProblem;
import io.compot.method.lowrank.QuantisedLowRank;
import io.compot.method.sparse.QuantisedSparse;
import io.compot.quantise.Feedback;
import io.compot.quantise.Grid;
import io.compot.quantise.RangeRule;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Rounds factors of one weight, to as many forms as are asked for; what rounding needs of the input
 * is made once.
 *
 * @param metric of the outputs, where the factors were fitted to it; else null
 * @param feedback of the input, which belongs to its whitening
 */
record FactorRounding(
    LayerProblem problem, RangeRule rule, @Nullable Tensor metric, Feedback feedback) {

  /**
   * For a weight.
   *
   * @param method for messages
   * @throws FailureException where there is no Gram matrix
   */
  static FactorRounding of(
      String method, LayerProblem problem, RangeRule rule, @Nullable Tensor metric)
      throws FailureException {
    var whitening = problem.requiredWhitening(method);
    return new FactorRounding(
        problem, rule, metric, Feedback.shared(whitening, Feedback.Order.ACTIVITY, problem.name()));
  }

  /**
   * Factors in few bits.
   *
   * @param plain as the method made them; only read
   * @param form of the same size
   */
  Packed round(Packed plain, Form form) throws FailureException {
    Tensor gram = problem.requiredWhitening(problem.name()).gram();
    String name = problem.name();
    try {
      return switch (form) {
        case SparseForm sparse -> {
          var found =
              QuantisedSparse.of(
                  name,
                  plain,
                  new QuantisedSparse.Goal(problem.target(), gram, feedback, metric),
                  grid(sparse.dictionary()),
                  grid(sparse.values()),
                  rule);
          Packed packed = SparseCodec.packed(found.dictionary(), found.code());
          found.code().support().close();
          yield packed;
        }
        case LowRankForm low -> {
          var found =
              QuantisedLowRank.of(
                  name,
                  plain,
                  problem.target(),
                  gram,
                  feedback,
                  grid(low.left()),
                  grid(low.right()),
                  rule);
          yield LowRankCodec.packed(found.left(), found.right());
        }
        default -> throw new IllegalArgumentException(form.words() + " has no factors");
      };
    } catch (FailureException e) {
      throw e;
    } catch (CompotException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static Grid grid(Numbers numbers) {
    if (numbers instanceof Numbers.Grouped(Grid grid)) {
      return grid;
    }
    throw new IllegalArgumentException(numbers.words() + " are no numbers on a grid");
  }
}
