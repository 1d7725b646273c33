package io.compot.pipeline.check;

import io.compot.error.FailureException;
import io.compot.plan.ConsideredProjection;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.util.List;

/** Asks for the memory of the largest single problem before hours are spent on smaller ones. */
final class MemoryProbe {

  private MemoryProbe() {}

  /**
   * Takes and gives back, in double, the largest weight and, where one is needed, the largest Gram
   * matrix and its root. Nothing is written to it, so that it costs no time.
   *
   * @throws FailureException where the system refuses
   */
  static void of(List<ConsideredProjection> candidates, boolean gram) throws FailureException {
    for (ConsideredProjection candidate : candidates) {
      long in = candidate.in();
      long numbers = in * candidate.out() + (gram ? 2 * in * in : 0);
      try (var _ = TensorScope.open()) {
        NativeMemory.empty(Dtype.F64, numbers);
      } catch (RuntimeException e) {
        throw new FailureException(
            "%s: its compression takes %,d bytes of memory, which the system refuses; free memory, use a machine with more, or leave it dense with --exclude %s"
                .formatted(candidate.name(), numbers * Double.BYTES, candidate.name()),
            e);
      }
    }
  }
}
