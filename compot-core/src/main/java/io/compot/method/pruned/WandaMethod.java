package io.compot.method.pruned;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.setting.Schema;
import io.compot.tensor.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Wanda (arXiv 2306.11695): of each row of the weight those entries stay whose |W_ij|·‖X_j‖₂ is
 * largest, with X_j the j-th input over all calibration tokens; they stay as they are. Inputs are
 * those that come through what is pruned already.
 *
 * @param pattern of the entries that stay
 */
public record WandaMethod(Pattern pattern) implements Pruning {

  /** What may be said of it. */
  public static final Schema<WandaMethod> SCHEMA =
      new Schema<>(
          "wanda",
          "entries left out by weight times input, the others as they are",
          new WandaMethod(Pattern.FREE),
          List.of(Pattern.setting(WandaMethod::pattern, (_, pattern) -> new WandaMethod(pattern))));

  @Override
  public Schema<WandaMethod> schema() {
    return SCHEMA;
  }

  @Override
  public double operations(long in, long out, Form form) {
    return 30.0 * in * out;
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    problem.checkFinite();
    long s = PrunedWeight.left(name(), problem, size);
    try (var _ = TensorScope.open()) {
      Tensor weight = problem.weight().to(ScalarType.Double);
      Tensor inputs = problem.requiredWhitening(name()).gram().diagonal().sqrt();
      Tensor scores = weight.abs().mul(inputs);
      return PrunedWeight.of(problem, s, weight, left(scores, s));
    }
  }

  private Tensor left(Tensor scores, long s) {
    if (pattern.isFree()) {
      return Pattern.highest(scores, s);
    }
    try (var scope = TensorScope.open()) {
      Tensor groups = scores.reshape(-1, pattern.of());
      return scope.keep(
          Pattern.highest(groups, pattern.kept()).reshape(scores.size(0), scores.size(1)));
    }
  }
}
