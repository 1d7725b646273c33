package io.compot.method;

import io.compot.error.FailureException;
import io.compot.form.Packed;
import io.compot.form.codec.Codecs;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What stands in a weight's place, of whatever form, with its errors as it is stored. */
public final class Measured {

  /** Columns of a whitening's root that are converted at a time. */
  private static final long PANEL = 2048;

  private Measured() {}

  /**
   * What a method without rounds made, and its errors.
   *
   * @param made handed over
   * @throws FailureException naming the projection, where an error is no finite number
   */
  public static Factorisation of(LayerProblem problem, Packed made) throws FailureException {
    return of(problem, made, List.of(), 0);
  }

  /**
   * The same of one with rounds.
   *
   * @param rescued components that fit into the stored type only as they were shared out
   */
  public static Factorisation of(
      LayerProblem problem, Packed factors, List<Double> iterationErrors, long rescued)
      throws FailureException {
    try (var _ = TensorScope.open()) {
      boolean wide =
          problem.stored() == Dtype.F64
              || extreme(problem.weight())
              || (problem.hasTarget() && extreme(problem.target()));
      Dtype computation = wide ? Dtype.F64 : Dtype.F32;
      ScalarType type = computation.scalarType();
      Tensor weight = problem.weight().to(type);
      Tensor difference = Codecs.dense(factors, computation).sub_(weight);
      double weightError = ratio(difference, weight);
      Whitening whitening = problem.whitening();
      if (whitening == null) {
        return finite(
            problem,
            new Factorisation(
                factors,
                OptionalDouble.empty(),
                weightError,
                OptionalDouble.empty(),
                iterationErrors,
                Optional.empty(),
                "none",
                rescued));
      }
      double whitened = whitened(difference, weight, whitening.root());
      OptionalDouble ofTarget = OptionalDouble.empty();
      if (problem.hasTarget()) {
        Tensor target = problem.target().to(type);
        Tensor left = Codecs.dense(factors, computation).sub_(target);
        ofTarget = OptionalDouble.of(whitened(left, target, whitening.root()));
      }
      String step = whitening.step().label();
      return finite(
          problem,
          new Factorisation(
              factors,
              OptionalDouble.of(whitened),
              weightError,
              ofTarget,
              iterationErrors,
              Optional.empty(),
              step,
              rescued));
    }
  }

  /** ‖L·difference‖ / ‖L·weight‖ of matrices in torch layout, 0 where both are zero. */
  private static double whitened(Tensor difference, Tensor weight, Tensor root) {
    double above = 0;
    double below = 0;
    long columns = root.size(1);
    for (long from = 0; from < columns; from += PANEL) {
      try (var _ = TensorScope.open()) {
        // The root is the largest matrix here: its narrow form is made a part at a time.
        Tensor part =
            root.narrow(1, from, Math.min(PANEL, columns - from)).to(weight.scalar_type());
        above = Math.hypot(above, norm(difference.mm(part)));
        below = Math.hypot(below, norm(weight.mm(part)));
      }
    }
    return above == 0 ? 0 : above / below;
  }

  private static Factorisation finite(LayerProblem problem, Factorisation measured)
      throws FailureException {
    if (Double.isFinite(measured.weightError())
        && Double.isFinite(measured.whitenedError().orElse(0))
        && Double.isFinite(measured.targetError().orElse(0))) {
      return measured;
    }
    measured.close();
    throw new FailureException(
        "%s: the error of its factors is no finite number (weight %s, whitened %s); leave it dense with --exclude %s"
            .formatted(
                problem.name(), measured.weightError(), measured.whitenedError(), problem.name()));
  }

  /** Whether products and differences of such numbers may leave the range of F32. */
  private static boolean extreme(Tensor weight) {
    double largest;
    try (var _ = TensorScope.open()) {
      largest = weight.abs().amax().item_double();
    }
    return largest != 0 && (largest < 0x1p-60 || largest > 0x1p60);
  }

  /** ‖a‖ / ‖b‖, 0 where both are zero. */
  private static double ratio(Tensor a, Tensor b) {
    double above = norm(a);
    return above == 0 ? 0 : above / norm(b);
  }

  /** ‖a‖_F, safe from overflow and underflow of squares. */
  private static double norm(Tensor a) {
    try (var _ = TensorScope.open()) {
      return torch
          .linalg_vector_norm(
              a.flatten(),
              new Scalar(2.0),
              new long[] {0},
              false,
              new org.bytedeco.pytorch.ScalarTypeOptional(ScalarType.Double))
          .item_double();
    }
  }
}
