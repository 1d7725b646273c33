package io.compot.method.pruned;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.MaskedForm;
import io.compot.form.codec.MaskedCodec;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Measured;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** From a weight and what is left of it to what is stored. */
final class PrunedWeight {

  private PrunedWeight() {}

  /**
   * Entries left of a row, or their mean.
   *
   * @throws IllegalArgumentException where the size is another form's, or not the weight's
   */
  static long left(String method, LayerProblem problem, Form size) {
    if (size instanceof MaskedForm masked && masked.fits(problem.in(), problem.out())) {
      return masked.s();
    }
    throw new IllegalArgumentException(
        "%s: %s does not make %s".formatted(problem.name(), method, size.words()));
  }

  /**
   * Stores it and measures its errors.
   *
   * @param weight [out, in], with what is left in its place
   * @param left [out, in], Bool
   * @throws FailureException naming the projection where an entry does not fit its type
   */
  static Factorisation of(LayerProblem problem, long s, Tensor weight, Tensor left)
      throws FailureException {
    try (var _ = TensorScope.open()) {
      Tensor values = weight.to(problem.stored().scalarType());
      Tensor zero = values.eq(new Scalar(0.0));
      // An entry that is zero, or was rounded to it, keeps its place.
      values = values.masked_fill(zero, new Scalar(-0.0));
      values = values.masked_fill(left.logical_not(), new Scalar(0.0)).contiguous();
      if (!torch.isfinite(values).all().item_bool()) {
        throw new FailureException(
            "%s: what is left of it does not fit into %s; leave it dense with --exclude %s, or store the model as BF16 or F32"
                .formatted(problem.name(), problem.stored(), problem.name()));
      }
      return Measured.of(problem, MaskedCodec.packed(s, values));
    }
  }
}
