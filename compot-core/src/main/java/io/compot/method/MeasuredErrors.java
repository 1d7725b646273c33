package io.compot.method;

import io.compot.error.FailureException;
import io.compot.form.Form;
import java.util.ArrayList;
import java.util.List;

/** Expected errors of a method that has no cheaper way than to factorise at a few sizes. */
public final class MeasuredErrors {

  /** Makes one of a method's forms. */
  @FunctionalInterface
  public interface Maker {
    /** A factorisation, owned by the caller. */
    Factorisation make(Form form) throws FailureException;
  }

  private MeasuredErrors() {}

  /** The errors of a method's probes. */
  public static List<ExpectedError> of(CompressionMethod method, LayerProblem problem)
      throws FailureException {
    return of(method.probes(problem), probe -> method.factorise(problem, probe));
  }

  /** The errors of some forms. */
  public static List<ExpectedError> of(List<Form> probes, Maker maker) throws FailureException {
    List<ExpectedError> errors = new ArrayList<>();
    for (Form probe : probes) {
      try (Factorisation made = maker.make(probe)) {
        errors.add(new ExpectedError(probe, made.whitenedError(), made.weightError()));
      }
    }
    return errors;
  }
}
