package io.compot.method.quantised;

import io.compot.form.DenseForm;
import io.compot.form.Form;
import io.compot.form.Numbers;
import io.compot.method.LayerProblem;
import java.util.List;
import java.util.Optional;

/** Choices among a method's few forms. */
final class Widths {

  private Widths() {}

  /** The largest of some forms that removes a fraction of the dense bits. */
  static Optional<Form> within(
      List<Form> ascending, long in, long out, int denseBits, double ratio) {
    double limit = (1 - ratio) * in * out * denseBits;
    return ascending.reversed().stream().filter(form -> form.bits(in, out) <= limit).findFirst();
  }

  /**
   * The numbers of a whole weight; an {@link IllegalArgumentException} where it has another form.
   */
  static <N extends Numbers> N numbers(
      String method, LayerProblem problem, Form form, Class<N> type) {
    if (form instanceof DenseForm(Numbers numbers)
        && type.isInstance(numbers)
        && form.fits(problem.in(), problem.out())) {
      return type.cast(numbers);
    }
    throw new IllegalArgumentException(
        "%s: %s does not make %s".formatted(problem.name(), method, form.words()));
  }
}
