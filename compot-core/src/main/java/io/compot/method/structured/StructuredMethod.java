package io.compot.method.structured;

import io.compot.form.Form;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Need;
import io.compot.method.StepKind;
import io.compot.tensor.Dtype;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A method that takes parts out of a whole model and leaves dense weights: fewer blocks, or
 * narrower ones. It looks at all of the model at once, makes nothing of a single weight, and
 * competes with no other for one.
 */
public sealed interface StructuredMethod extends CompressionMethod
    permits ReplaceMeMethod, LlmPrunerMethod, HealMethod {

  @Override
  default StepKind step() {
    return StepKind.PRUNE;
  }

  @Override
  default Set<Need> needs() {
    return Set.of(Need.MODEL);
  }

  @Override
  default Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return Optional.empty();
  }

  @Override
  default List<Form> forms(long in, long out, Dtype dtype) {
    return List.of();
  }

  @Override
  default boolean makes(Form form) {
    return false;
  }

  @Override
  default Factorisation factorise(LayerProblem problem, Form size) {
    throw new IllegalStateException(name() + " makes nothing of a single weight");
  }
}
