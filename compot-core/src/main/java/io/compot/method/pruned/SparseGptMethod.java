package io.compot.method.pruned;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.MaskedForm;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Need;
import io.compot.method.Operations;
import io.compot.quantise.Feedback;
import io.compot.setting.Schema;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * SparseGPT (arXiv 2301.00774): columns are pruned one after another, and what that costs the
 * outputs is made good in the later ones. In each block of {@link SparseColumns#BLOCK} columns
 * those entries go that cost least, w²/[H⁻¹]_jj, given all that was pruned before the block; with n
 * of m they are chosen for m columns at a time. Inputs are those that come through what is pruned
 * already.
 *
 * @param pattern of the entries that stay
 */
public record SparseGptMethod(Pattern pattern) implements CompressionMethod {

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
  public Set<Need> needs() {
    return Set.of(Need.GRAM, Need.PREFIX);
  }

  /** It prunes the weight itself, for the inputs as they come. */
  @Override
  public boolean takesTarget() {
    return false;
  }

  @Override
  public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return pattern.size(in, out, dtype, ratio);
  }

  @Override
  public boolean sizesItself() {
    return !pattern.isFree();
  }

  @Override
  public List<Form> forms(long in, long out, Dtype dtype) {
    return pattern.isFree()
        ? CompressionMethod.super.forms(in, out, dtype)
        : pattern.only(in, out, dtype);
  }

  @Override
  public List<Form> probes(LayerProblem problem) {
    return pattern.probes(this, problem);
  }

  @Override
  public boolean makes(Form form) {
    return form instanceof MaskedForm;
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
