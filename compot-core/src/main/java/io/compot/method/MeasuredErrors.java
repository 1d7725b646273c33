package io.compot.method;

import io.compot.error.FailureException;
import io.compot.form.Form;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Expected errors of a method that has no cheaper way than to factorise at a few sizes. */
public final class MeasuredErrors {

  /** Parts of the dense bits to keep, close enough for the error to be interpolated between. */
  private static final double[] KEPT = {0.08, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95};

  private MeasuredErrors() {}

  public static List<ExpectedError> of(CompressionMethod method, LayerProblem problem)
      throws FailureException {
    List<ExpectedError> errors = new ArrayList<>();
    Set<Form> seen = new HashSet<>();
    for (double kept : KEPT) {
      Optional<Form> size = method.size(problem.in(), problem.out(), problem.stored(), 1 - kept);
      if (size.isPresent() && seen.add(size.get())) {
        try (Factorisation result = method.factorise(problem, size.get())) {
          errors.add(new ExpectedError(size.get(), result.whitenedError(), result.weightError()));
        }
      }
    }
    return errors;
  }
}
