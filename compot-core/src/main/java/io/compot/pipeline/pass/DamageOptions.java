package io.compot.pipeline.pass;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ErrorCurve;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.OptionList;
import io.compot.error.FailureException;
import io.compot.form.Packed;
import io.compot.form.SparseForm;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.sparse.CompotPlusMethod;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * The sizes that {@code compot+} could give one projection, each with the rise of the loss it is
 * predicted to cause: short runs of the method at a few ratios with k/s 2, and at one ratio with
 * the other k/s, whose advantage is taken to be the same at all ratios; between ratios the
 * logarithm is interpolated.
 */
public final class DamageOptions {

  private static final double MIDDLE_RHO = 2;
  private static final double MIDDLE = 0.35;
  private static final double[] RATIOS = {0.05, MIDDLE, 0.6, 0.85};
  private static final double LOWEST = 0.01;
  private static final double STEP = 0.005;
  private static final int ITERATIONS = 6;
  private static final int REFINEMENTS = 1;

  private DamageOptions() {}

  /**
   * Measures.
   *
   * @param method whose k/s is the only one where it was chosen
   * @param rhos k/s to offer beside 2 where it was not
   * @param rise the predicted rise of the loss with factors in place of the weight
   * @throws FailureException naming the projection where its numbers do not allow it
   */
  public static OptionList of(
      CompotPlusMethod method,
      LayerProblem problem,
      List<Double> rhos,
      ToDoubleFunction<Packed> rise)
      throws FailureException {
    try (var _ = TensorScope.open()) {
      return of(method, problem, method.prepare(problem), rhos, rise);
    }
  }

  private static OptionList of(
      CompotPlusMethod method,
      LayerProblem problem,
      CompotPlusMethod.Prepared prepared,
      List<Double> rhos,
      ToDoubleFunction<Packed> rise)
      throws FailureException {
    var quick = method.withIterations(ITERATIONS).withRefinements(REFINEMENTS);
    Map<Long, Double> measured = new TreeMap<>();
    OptionalDouble middle = OptionalDouble.empty();
    for (double ratio : RATIOS) {
      var size = size(problem, ratio, MIDDLE_RHO);
      if (size.isPresent()) {
        double found = rise(quick, prepared, size.get(), rise);
        measured.put(bits(problem, size.get()), found);
        middle = ratio == MIDDLE ? OptionalDouble.of(found) : middle;
      }
    }
    List<CompressionOption> options = new ArrayList<>();
    if (measured.isEmpty()) {
      return OptionList.rankedByBits(options);
    }
    var curve = new ErrorCurve(measured);
    if (method.chosenRho().isEmpty()) {
      add(options, problem, MIDDLE_RHO, curve, 1);
    }
    for (double rho : method.chosenRho().map(List::of).orElse(rhos)) {
      var size = size(problem, MIDDLE, rho);
      if (size.isPresent() && middle.isPresent() && middle.getAsDouble() > 0) {
        double found = rise(quick, prepared, size.get(), rise);
        add(options, problem, rho, curve, found / middle.getAsDouble());
      }
    }
    return OptionList.rankedBy(ErrorMeasure.LOSS_RISE, options);
  }

  private static void add(
      List<CompressionOption> options,
      LayerProblem problem,
      double rho,
      ErrorCurve curve,
      double factor) {
    long last = 0;
    for (double ratio = 1 - LOWEST; ratio >= LOWEST; ratio -= STEP) {
      var size = size(problem, ratio, rho);
      if (size.isPresent() && bits(problem, size.get()) > last) {
        last = bits(problem, size.get());
        var expected = curve.at(last);
        if (expected.isPresent()) {
          options.add(
              new CompressionOption(
                  "compot+ k/s " + rho,
                  size.map(s -> s),
                  last,
                  Map.of(ErrorMeasure.LOSS_RISE, expected.getAsDouble() * factor)));
        }
      }
    }
  }

  private static double rise(
      CompotPlusMethod method,
      CompotPlusMethod.Prepared prepared,
      SparseForm size,
      ToDoubleFunction<Packed> rise)
      throws FailureException {
    try (Factorisation found = prepared.factorise(method, size)) {
      return rise.applyAsDouble(found.factors());
    }
  }

  private static Optional<SparseForm> size(LayerProblem problem, double ratio, double rho) {
    return SparseForm.within(problem.in(), problem.out(), problem.stored(), ratio, rho);
  }

  private static long bits(LayerProblem problem, SparseForm size) {
    return size.bits(problem.in(), problem.out());
  }
}
