package io.compot.plan;

import io.compot.form.Form;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Projections of a plan that are stored in the same way, whatever their sizes.
 *
 * @param form kind of the forms and how their numbers are stored, for people
 * @param method that makes them; empty of those that stay as they are
 * @param projections how many
 * @param weights of them
 * @param bits that they will take
 */
public record MixPart(String form, String method, int projections, long weights, long bits) {

  private static final String KEPT = "as it is";

  /** The parts of a plan's chosen projections, those with most bits first. */
  public static List<MixPart> of(Plan plan) {
    Map<String, MixPart> parts = new LinkedHashMap<>();
    for (PlannedProjection each : plan.projections()) {
      if (each.chosen()) {
        String form = each.form().map(Form::kind).orElse(KEPT);
        String method = each.form().isPresent() ? each.method() : "";
        var one = new MixPart(form, method, 1, each.in() * each.out(), each.bitsAfter());
        parts.merge(method + ": " + form, one, MixPart::with);
      }
    }
    List<MixPart> all = new ArrayList<>(parts.values());
    all.sort(Comparator.comparingLong(MixPart::bits).reversed());
    return all;
  }

  private MixPart with(MixPart other) {
    return new MixPart(
        form, method, projections + other.projections, weights + other.weights, bits + other.bits);
  }

  /** Bits a weight. */
  public double bitsAWeight() {
    return bits / (double) weights;
  }
}
