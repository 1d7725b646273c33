package io.compot.method;

import io.compot.form.Form;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Sizes of methods that have one for nearly every number of bits. */
final class Sizes {

  private static final int STEPS = 200;

  /** Parts of the dense bits to keep, close enough for the error to be interpolated between. */
  private static final double[] KEPT = {0.08, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95};

  private Sizes() {}

  static List<Form> atEachHalfPercent(CompressionMethod method, long in, long out, Dtype dtype) {
    List<Form> forms = new ArrayList<>();
    long last = 0;
    for (int kept = 1; kept < STEPS; kept++) {
      Optional<Form> size = method.size(in, out, dtype, 1 - (double) kept / STEPS);
      if (size.isPresent() && size.get().bits(in, out) > last) {
        last = size.get().bits(in, out);
        forms.add(size.get());
      }
    }
    return forms;
  }

  static List<Form> atSomeParts(CompressionMethod method, LayerProblem problem) {
    Set<Form> seen = new LinkedHashSet<>();
    for (double kept : KEPT) {
      method.size(problem.in(), problem.out(), problem.stored(), 1 - kept).ifPresent(seen::add);
    }
    return List.copyOf(seen);
  }
}
