package io.compot.method.sparse;

import static org.bytedeco.pytorch.global.torch.empty_like;
import static org.bytedeco.pytorch.global.torch.linalg_qr;
import static org.bytedeco.pytorch.global.torch.mm_out;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.form.SparseForm;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.PolarFactor;
import io.compot.tensor.SingularVectors;
import io.compot.tensor.TensorScope;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The alternating minimisation of COMPOT over R [p, n]:
 *
 * <pre>
 * S ← H_s(DᵀR)          hard threshold a column, or of the whole matrix: exact, since DᵀD = I
 * D ← polar(RSᵀ)        orthogonal Procrustes: exact
 * </pre>
 *
 * so that no half step raises ‖R − DS‖. After a threshold ‖R − DS‖² = ‖R‖² − ‖S‖², which gives the
 * error for nothing (in single precision, down to about 5e-4). It ends with a threshold, so S is
 * the code of the final D.
 *
 * <p>With momentum the Procrustes step is replaced by {@link MomentumStep a longer one}. Where the
 * error rises, that step is taken back and the plain one taken.
 */
final class Alternation {

  /** Where a decomposition takes long. */
  private static final long LARGE = 256;

  private final Tensor target; // Rᵀ, [n, p]
  private final Tensor dictionary; // D, [p, k]
  private final Tensor code; // Sᵀ, [n, k]
  private final Tensor correlation; // M, [p, k]
  private final SparseForm size;
  private final CodeThreshold threshold;
  private final DictionaryStep next;
  private final double energy;
  private double kept;

  private Alternation(
      Tensor target, Tensor start, SparseForm size, CodeThreshold threshold, double momentum) {
    this.target = target;
    this.dictionary = start;
    this.size = size;
    this.threshold = threshold;
    this.next =
        momentum > 0 ? new MomentumStep(momentum, target, start) : new ProcrustesStep(start);
    this.code = start.new_empty(target.size(0), start.size(1));
    this.correlation = empty_like(start);
    this.energy = target.to(ScalarType.Double).square_().sum().item_double();
  }

  /**
   * What the iterations found.
   *
   * @param dictionary D, [p, k], F32, orthonormal columns
   * @param code Sᵀ, [n, k], F32, s entries a row, or on average, in the support
   * @param errors ‖R − DS‖/‖R‖ after each iteration
   * @param singularValues of R, largest first, where the start needed them; else empty
   */
  record Result(Tensor dictionary, Tensor code, List<Double> errors, List<Double> singularValues) {}

  /**
   * Runs the method's iterations.
   *
   * @param coordinates Rᵀ, [n, p], double
   * @return tensors in the caller's scope
   */
  static Result run(CompotMethod method, Tensor coordinates, SparseForm size, long seed) {
    try (var scope = TensorScope.open()) {
      SingularVectors start =
          switch (method.initialisation()) {
            case SVD -> singularVectors(method, coordinates, size.k());
            case RANDOM ->
                new SingularVectors(
                    randomOrthonormal(coordinates.size(1), size.k(), seed), List.of());
          };
      Result found = run(method, coordinates, start, size, CodeThreshold.COLUMN);
      scope.keep(found.dictionary());
      scope.keep(found.code());
      return found;
    }
  }

  /** In single precision, twice as fast, where nobody expects the paper's very start. */
  private static SingularVectors singularVectors(CompotMethod method, Tensor coordinates, long k) {
    if (method.momentum() == 0 || coordinates.size(1) <= LARGE) {
      return SingularVectors.right(coordinates, k);
    }
    try (var scope = TensorScope.open()) {
      Tensor narrow = coordinates.to(ScalarType.Float);
      return new SingularVectors(scope.keep(SingularVectors.right(narrow, k).vectors()), List.of());
    }
  }

  /**
   * Runs the method's iterations from a given dictionary.
   *
   * @param coordinates Rᵀ, [n, p], double
   * @param start its vectors [p, k] have orthonormal columns; only read
   * @return tensors in the caller's scope
   */
  static Result run(
      CompotMethod method,
      Tensor coordinates,
      SingularVectors start,
      SparseForm size,
      CodeThreshold threshold) {
    try (var scope = TensorScope.open()) {
      Tensor target = coordinates.to(ScalarType.Float).contiguous();
      Tensor given = start.vectors();
      Tensor first = target.new_empty(given.size(0), given.size(1)).copy_(given);
      var state = new Alternation(target, first, size, threshold, method.momentum());
      List<Double> errors = state.iterate(method.iterations(), method.tolerance());
      return new Result(
          scope.keep(state.dictionary), scope.keep(state.code), errors, start.values());
    }
  }

  private List<Double> iterate(int iterations, double tolerance) {
    List<Double> errors = new ArrayList<>();
    threshold();
    double last = error();
    for (int t = 0; t < iterations; t++) {
      step();
      double error = error();
      errors.add(error);
      if (tolerance > 0 && last - error < tolerance) {
        break;
      }
      last = error;
    }
    return errors;
  }

  private void step() {
    double keptBefore = kept;
    mm_out(correlation, target.t(), code);
    boolean pushed = next.apply(dictionary, correlation, code);
    threshold();
    if (pushed && kept < keptBefore) {
      next.undo(dictionary);
      PolarFactor.update(dictionary, correlation);
      threshold();
    } else {
      next.accept(correlation);
    }
  }

  private void threshold() {
    mm_out(code, target, dictionary);
    next.beforeThreshold(code);
    kept = threshold.apply(code, size);
  }

  private double error() {
    return energy == 0 ? 0 : Math.sqrt(Math.max(0, 1 - kept / energy));
  }

  private static Tensor randomOrthonormal(long rows, long columns, long seed) {
    try (var scope = TensorScope.open()) {
      Tensor gaussian = zeros(new long[] {rows, columns}, new TensorOptions(ScalarType.Double));
      var random = new SplittableRandom(seed);
      var values = NativeMemory.bytes(gaussian).asByteBuffer().order(ByteOrder.nativeOrder());
      while (values.hasRemaining()) {
        values.putDouble(random.nextGaussian());
      }
      return scope.keep(linalg_qr(gaussian).get0().to(ScalarType.Float));
    }
  }
}
