package io.compot.method.pruned;

import io.compot.form.Form;
import io.compot.form.MaskedForm;
import io.compot.method.CompressionMethod;
import io.compot.method.LayerProblem;
import io.compot.method.Need;
import io.compot.method.StepKind;
import io.compot.tensor.Dtype;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What methods have in common that leave entries of a weight out, but for which. */
public interface Pruning extends CompressionMethod {

  /** Of the entries that stay. */
  Pattern pattern();

  @Override
  default StepKind step() {
    return StepKind.PRUNE;
  }

  /** Inputs are those that come through what is pruned already. */
  @Override
  default Set<Need> needs() {
    return Set.of(Need.GRAM, Need.PREFIX);
  }

  /** It prunes the weight itself, for the inputs as they come. */
  @Override
  default boolean takesTarget() {
    return false;
  }

  @Override
  default Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return pattern().size(in, out, dtype, ratio);
  }

  @Override
  default boolean sizesItself() {
    return !pattern().isFree();
  }

  @Override
  default List<Form> forms(long in, long out, Dtype dtype) {
    return pattern().isFree()
        ? CompressionMethod.super.forms(in, out, dtype)
        : pattern().only(in, out, dtype);
  }

  @Override
  default List<Form> probes(LayerProblem problem) {
    return pattern().probes(this, problem);
  }

  @Override
  default boolean makes(Form form) {
    return form instanceof MaskedForm;
  }
}
