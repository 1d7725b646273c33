package io.compot.method;

import io.compot.error.FailureException;
import io.compot.form.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Offers of a method whose rise of the loss is measured at a few sizes and known between them. */
public final class MeasuredOffers {

  private MeasuredOffers() {}

  /**
   * Makes the method's probes, and offers all of its forms at what an {@link ErrorCurve} through
   * the probes expects of them.
   *
   * @param rise the predicted rise of the loss with a packed weight in place of the weight
   * @throws FailureException naming the projection where its numbers do not allow it
   */
  public static List<Offer> of(CompressionMethod method, LayerProblem problem, OfferedRise rise)
      throws FailureException {
    return of(method, problem, rise, probe -> method.factorise(problem, probe));
  }

  /** The same of a method that does once what its forms have in common. */
  public static List<Offer> of(
      CompressionMethod method, LayerProblem problem, OfferedRise rise, MeasuredErrors.Maker maker)
      throws FailureException {
    Map<Long, Double> measured = new TreeMap<>();
    for (Form probe : method.probes(problem)) {
      try (Factorisation made = maker.make(probe)) {
        measured.put(bits(problem, probe), rise.of(made.factors()));
      }
    }
    List<Offer> offers = new ArrayList<>();
    if (measured.isEmpty()) {
      return offers;
    }
    var curve = new ErrorCurve(measured);
    for (Form form : method.forms(problem.in(), problem.out(), problem.stored())) {
      OptionalDouble expected = curve.at(bits(problem, form));
      if (expected.isPresent()) {
        offers.add(new Offer(method, method.name(), form, expected.getAsDouble()));
      }
    }
    return offers;
  }

  private static long bits(LayerProblem problem, Form form) {
    return form.bits(problem.in(), problem.out());
  }
}
