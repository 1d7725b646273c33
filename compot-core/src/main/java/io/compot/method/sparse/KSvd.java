package io.compot.method.sparse;

import static org.bytedeco.pytorch.global.torch.mm_out;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.form.SparseForm;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * K-SVD (Aharon 2006; CoSpaDi Algorithm 1) for T ≈ XA, in torch layout: targets T [n, p], code X
 * [n, k] with s nonzeros a row, atoms A [k, p] of unit norm. Each iteration finds the code by the
 * chosen {@link Pursuit}, then updates the atoms and their coefficients one after the other.
 *
 * <p>The first atoms are rows of T in random order, normalised; where there are fewer nonzero rows
 * than atoms, Gaussian directions follow.
 */
final class KSvd {

  private static final int STAGES = 16;

  /** Coefficients of a new support before and after: enough, since codes start near the optimum. */
  private static final int REFINEMENTS = 4;

  private final CospadiMethod method;
  private final Tensor targets;
  private final Tensor atoms;
  private final Tensor code;
  private final Tensor support;
  private final Tensor residual;
  private final int s;

  private KSvd(CospadiMethod method, Tensor targets, Tensor atoms, int s) {
    this.method = method;
    this.targets = targets;
    this.atoms = atoms;
    this.s = s;
    long[] shape = {targets.size(0), atoms.size(0)};
    this.code = zeros(shape, new TensorOptions(ScalarType.Float));
    this.support = zeros(shape, new TensorOptions(ScalarType.Float));
    this.residual = targets.clone();
  }

  /**
   * What the iterations found.
   *
   * @param atoms [k, p], F32, unit rows
   * @param code [n, k], F32; entries outside the support are +0.0, zeros inside it −0.0
   * @param errors ‖T − XA‖/‖T‖ after each iteration
   */
  record Result(Tensor atoms, Tensor code, List<Double> errors) {}

  /**
   * Runs the method's iterations.
   *
   * @param coordinates T, [n, p], double
   * @return tensors in the caller's scope
   */
  static Result run(CospadiMethod method, Tensor coordinates, SparseForm size, long seed) {
    try (var scope = TensorScope.open()) {
      Tensor targets = coordinates.to(ScalarType.Float).contiguous();
      Tensor atoms = firstAtoms(targets, size.k(), seed);
      var state = new KSvd(method, targets, atoms, Math.toIntExact(size.s()));
      List<Double> errors = state.iterate();
      return new Result(scope.keep(atoms), scope.keep(state.markedCode()), errors);
    }
  }

  private List<Double> iterate() {
    List<Double> errors = new ArrayList<>();
    double norm = norm(targets);
    double last = Double.POSITIVE_INFINITY;
    for (int t = 0; t < method.iterations(); t++) {
      encode(t);
      AtomUpdate.sweep(
          residual, code, support, atoms, method.atomBlock(), method.powerIterations());
      subtractModel();
      double error = norm == 0 ? 0 : norm(residual) / norm;
      errors.add(error);
      if (method.tolerance() > 0 && last - error < method.tolerance() * last) {
        break;
      }
      last = error;
    }
    return errors;
  }

  private void encode(int iteration) {
    try (var _ = TensorScope.open()) {
      var codes = new CodeLeastSquares(atoms.mm(atoms.t()), targets.mm(atoms.t()));
      if (method.pursuit() == Pursuit.OMP || (iteration == 0 && method.pursuit() == Pursuit.WARM)) {
        MatchingPursuit.run(codes.gram(), codes.correlations(), s, code, support);
        // Once more in full products, against the rounding of many small steps.
        codes.refine(code, support, 1);
      } else if (iteration == 0) {
        SupportExchange.grow(codes, code, support, s, Math.min(STAGES, s), REFINEMENTS);
      } else {
        // Large exchanges at first, single atoms in the end.
        int exchanged = Math.max(1, (int) (0.3 * s / (1 + iteration / 4.0)));
        SupportExchange.exchange(codes, code, support, s, exchanged, REFINEMENTS);
      }
    }
    subtractModel();
  }

  private void subtractModel() {
    mm_out(residual, code, atoms);
    residual.neg_().add_(targets);
  }

  private Tensor markedCode() {
    try (var scope = TensorScope.open()) {
      Tensor zero = support.gt(new Scalar(0.0)).logical_and(code.eq(new Scalar(0.0)));
      return scope.keep(code.mul(support).add(new Scalar(0.0)).masked_fill(zero, new Scalar(-0.0)));
    }
  }

  private static double norm(Tensor a) {
    try (var _ = TensorScope.open()) {
      return Math.sqrt(a.square().sum(new ScalarTypeOptional(ScalarType.Double)).item_double());
    }
  }

  private static Tensor firstAtoms(Tensor targets, long k, long seed) {
    try (var scope = TensorScope.open()) {
      var random = new SplittableRandom(seed);
      Tensor atoms = zeros(new long[] {k, targets.size(1)}, new TensorOptions(ScalarType.Float));
      Tensor lengths = targets.square().sum(1);
      int[] order = new int[Math.toIntExact(targets.size(0))];
      int nonzero = 0;
      for (int row = 0; row < order.length; row++) {
        if (lengths.select(0, row).item_double() > 0) {
          order[nonzero++] = row;
        }
      }
      for (int i = nonzero - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
      }
      for (int i = 0; i < k; i++) {
        try (var _ = TensorScope.open()) {
          Tensor atom = atoms.select(0, i);
          if (i < nonzero) {
            atom.copy_(targets.select(0, order[i]));
          } else {
            gaussian(atom, random);
          }
        }
      }
      return scope.keep(
          atoms.div_(atoms.norm(new ScalarOptional(new Scalar(2.0)), 1).unsqueeze(1)));
    }
  }

  private static void gaussian(Tensor atom, SplittableRandom random) {
    FloatBuffer values =
        NativeMemory.bytes(atom).asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
    while (values.hasRemaining()) {
      values.put((float) random.nextGaussian());
    }
  }
}
