package io.compot.method.sparse;

import io.compot.error.FailureException;
import io.compot.form.SparseForm;
import io.compot.method.ErrorCurve;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Offer;
import io.compot.method.OfferedRise;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * The sizes that {@code compot+} could give one projection: short runs of the method at a few
 * ratios with k/s 2, and at one ratio with the other k/s, whose advantage is taken to be the same
 * at all ratios; between ratios the logarithm is interpolated.
 */
final class CompotPlusOffers {

  private static final double MIDDLE_RHO = 2;
  private static final double MIDDLE = 0.35;
  private static final double[] RATIOS = {0.05, MIDDLE, 0.6, 0.85};
  private static final double LOWEST = 0.01;
  private static final double STEP = 0.005;
  private static final int ITERATIONS = 6;
  private static final int REFINEMENTS = 1;

  /** Offered beside the middle one where none was chosen. */
  private static final List<Double> RHOS = List.of(1.5, 2.5);

  private final CompotPlusMethod method;
  private final LayerProblem problem;
  private final OfferedRise rise;
  private final List<Offer> offers = new ArrayList<>();

  private CompotPlusOffers(CompotPlusMethod method, LayerProblem problem, OfferedRise rise) {
    this.method = method;
    this.problem = problem;
    this.rise = rise;
  }

  /**
   * Measures.
   *
   * @param method whose k/s is the only one where it was chosen
   * @throws FailureException naming the projection where its numbers do not allow it
   */
  static List<Offer> of(CompotPlusMethod method, LayerProblem problem, OfferedRise rise)
      throws FailureException {
    try (var _ = TensorScope.open()) {
      var offers = new CompotPlusOffers(method, problem, rise);
      offers.measure(method.prepare(problem));
      return offers.offers;
    }
  }

  private void measure(CompotPlusMethod.Prepared prepared) throws FailureException {
    Map<Long, Double> measured = new TreeMap<>();
    OptionalDouble middle = OptionalDouble.empty();
    for (double ratio : RATIOS) {
      var size = size(ratio, MIDDLE_RHO);
      if (size.isPresent()) {
        double found = rise(prepared, size.get());
        measured.put(bits(size.get()), found);
        middle = ratio == MIDDLE ? OptionalDouble.of(found) : middle;
      }
    }
    if (measured.isEmpty()) {
      return;
    }
    var curve = new ErrorCurve(measured);
    if (method.chosenRho().isEmpty()) {
      offer(MIDDLE_RHO, curve, 1);
    }
    for (double rho : method.chosenRho().map(List::of).orElse(RHOS)) {
      var size = size(MIDDLE, rho);
      if (size.isPresent() && middle.isPresent() && middle.getAsDouble() > 0) {
        offer(rho, curve, rise(prepared, size.get()) / middle.getAsDouble());
      }
    }
  }

  private void offer(double rho, ErrorCurve curve, double factor) {
    long last = 0;
    for (double ratio = 1 - LOWEST; ratio >= LOWEST; ratio -= STEP) {
      var size = size(ratio, rho);
      if (size.isPresent() && bits(size.get()) > last) {
        last = bits(size.get());
        var expected = curve.at(last);
        if (expected.isPresent()) {
          String label = method.name() + " k/s " + rho;
          offers.add(new Offer(method, label, size.get(), expected.getAsDouble() * factor));
        }
      }
    }
  }

  private double rise(CompotPlusMethod.Prepared prepared, SparseForm size) throws FailureException {
    var quick = method.withIterations(ITERATIONS).withRefinements(REFINEMENTS);
    try (Factorisation found = prepared.factorise(quick, size)) {
      return rise.of(found.factors());
    }
  }

  private Optional<SparseForm> size(double ratio, double rho) {
    return SparseForm.within(problem.in(), problem.out(), problem.stored(), ratio, rho);
  }

  private long bits(SparseForm size) {
    return size.bits(problem.in(), problem.out());
  }
}
