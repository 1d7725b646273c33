package io.compot.method.pruned;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Operations;
import io.compot.quantise.Feedback;
import io.compot.setting.Schema;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.List;

/**
 * SparseGPT (arXiv 2301.00774): columns are pruned one after another, and what that costs the
 * outputs is made good in the later ones. In each block of {@link SparseColumns#BLOCK} columns
 * those entries go that cost least, w²/[H⁻¹]_jj, given all that was pruned before the block; with n
 * of m they are chosen for m columns at a time. Inputs are those that come through what is pruned
 * already.
 *
 * @param pattern of the entries that stay
 */
public record SparseGptMethod(Pattern pattern) implements Pruning {

  /** What may be said of it. */
  public static final Schema<SparseGptMethod> SCHEMA =
      new Schema<>(
          "sparsegpt",
          "entries left out, the error made good by later columns",
          new SparseGptMethod(Pattern.FREE),
          List.of(
              Pattern.setting(
                  SparseGptMethod::pattern, (_, pattern) -> new SparseGptMethod(pattern))));

  @Override
  public Schema<SparseGptMethod> schema() {
    return SCHEMA;
  }

  @Override
  public double operations(long in, long out, Form form) {
    return 3.0 * in * in * out + Operations.decomposition(in, in) / 8;
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    problem.checkFinite();
    long s = PrunedWeight.left(name(), problem, size);
    Whitening whitening = problem.requiredWhitening(name());
    Feedback feedback = Feedback.shared(whitening, Feedback.Order.NATURAL, problem.name());
    try (var _ = TensorScope.open()) {
      var columns = new SparseColumns(problem.weight(), feedback, whitening.gram());
      columns.prune(s, pattern);
      return PrunedWeight.of(problem, s, columns.weight(), columns.left());
    }
  }
}
