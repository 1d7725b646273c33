package io.compot.method.quantised;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.method.CompressionMethod;
import io.compot.method.ErrorCurve;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Offer;
import io.compot.method.OfferedRise;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What factors of several widths would cost: a weight is factorised at a few sizes, by short runs,
 * and each result rounded to all widths; between sizes the logarithm is interpolated.
 */
record FactorOffers(
    RoundedFactors maker,
    FactorForms sizes,
    LayerProblem problem,
    OfferedRise rise,
    FactorRounding rounding) {

  /** Parts of the dense bits that plain factors of the measured sizes would take. */
  private static final double[] KEPT = {0.1, 0.3, 0.6, 0.95};

  List<Offer> of(List<Integer> widths) throws FailureException {
    Map<Integer, Map<Long, Double>> measured = new TreeMap<>();
    for (Form plain : probes(widths)) {
      try (Factorisation made = factorised(plain)) {
        for (int width : widths) {
          Form form = sizes.rounded(plain, problem.in(), width);
          try (Factorisation rounded = RoundedFactors.rounded(problem, made, form, rounding)) {
            measured
                .computeIfAbsent(width, _ -> new TreeMap<>())
                .put(form.bits(problem.in(), problem.out()), rise.of(rounded.factors()));
          }
        }
      }
    }
    List<Offer> offers = new ArrayList<>();
    for (int width : widths) {
      var points = measured.get(width);
      if (points != null) {
        offer(width, new ErrorCurve(points), offers);
      }
    }
    return offers;
  }

  private void offer(int width, ErrorCurve curve, List<Offer> offers) {
    String label = "%s of %d bits".formatted(maker.name(), width);
    for (Form form : sizes.of(problem.in(), problem.out(), problem.stored(), width)) {
      curve
          .at(form.bits(problem.in(), problem.out()))
          .ifPresent(expected -> offers.add(new Offer(maker, label, form, expected)));
    }
  }

  /** Sizes whose rounded factors have the same rank at all widths. */
  private Set<Form> probes(List<Integer> widths) {
    Dtype dtype = RoundedFactors.wide(problem).stored();
    Set<Form> plain = new LinkedHashSet<>();
    for (double kept : KEPT) {
      sizes
          .method()
          .size(problem.in(), problem.out(), problem.stored(), 1 - kept)
          .map(form -> sizes.rounded(form, problem.in(), widths.getFirst()))
          .ifPresent(form -> plain.add(FactorForms.plain(form, dtype)));
    }
    return plain;
  }

  private Factorisation factorised(Form plain) throws FailureException {
    CompressionMethod quick = sizes.method().quick();
    return quick.factorise(RoundedFactors.wide(problem), plain);
  }
}
