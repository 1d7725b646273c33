package io.compot.method;

import io.compot.error.FailureException;
import io.compot.form.Form;
import java.util.ArrayList;
import java.util.List;

/** Expected errors of a method that has no cheaper way than to factorise at a few sizes. */
public final class MeasuredErrors {

  private MeasuredErrors() {}

  public static List<ExpectedError> of(CompressionMethod method, LayerProblem problem)
      throws FailureException {
    List<ExpectedError> errors = new ArrayList<>();
    for (Form probe : method.probes(problem)) {
      try (Factorisation result = method.factorise(problem, probe)) {
        errors.add(new ExpectedError(probe, result.whitenedError(), result.weightError()));
      }
    }
    return errors;
  }
}
