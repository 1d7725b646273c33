package io.compot.method.quantised;

import io.compot.form.DenseForm;
import io.compot.form.Form;
import io.compot.form.Numbers;
import io.compot.method.LayerProblem;
import java.util.List;
import java.util.Optional;

/**
 * The forms that a method in few bits has for a weight of one shape: so few that each can be made
 * and weighed, and that the answers to all questions about sizes follow from their list.
 *
 * @param ascending by bits, all smaller than the dense weight
 * @param in input features
 * @param out output features
 * @param denseBits of the weight
 */
record FewForms(List<Form> ascending, long in, long out, long denseBits) {

  /** Those of some forms, in ascending order of bits, that make a weight smaller. */
  static FewForms smaller(List<Form> ascending, long in, long out, int width) {
    long dense = in * out * width;
    List<Form> kept =
        ascending.stream()
            .filter(form -> form.fits(in, out) && form.bits(in, out) < dense)
            .toList();
    return new FewForms(kept, in, out, dense);
  }

  /** The largest that removes a fraction of the dense bits. */
  Optional<Form> within(double ratio) {
    double limit = (1 - ratio) * denseBits;
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

  /** Whether a form is a whole weight in numbers of a type. */
  static boolean are(Form form, Class<? extends Numbers> type) {
    return form instanceof DenseForm(Numbers numbers) && type.isInstance(numbers);
  }
}
