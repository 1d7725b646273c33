package io.compot.method.sparse;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.SparseForm;
import io.compot.method.CommonSettings;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.LowRank;
import io.compot.method.Need;
import io.compot.method.Operations;
import io.compot.method.RangeCoordinates;
import io.compot.method.SizeCheck;
import io.compot.method.StoredFactors;
import io.compot.setting.Schema;
import io.compot.tensor.Dtype;
import io.compot.tensor.SingularValues;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * CoSpaDi (arXiv 2509.22075): min ‖LW − DS‖_F over any D [m, k] with unit columns and S [k, n] with
 * s nonzeros a column (Eq. 5), by {@link KSvd}; stored are A = L⁻¹D and S (Eq. 6). D may have more
 * atoms than dimensions.
 *
 * <p>The mask is paid for (Eq. 10); the 14-bit values of the paper's main tables (Eq. 11) are not
 * offered.
 *
 * <p>Atoms stay in the range of LW, so where in &gt; out everything runs on the triangular factor R
 * of LW = QR, and D = QD′: the same result for fewer operations.
 *
 * @param rho atoms a nonzero, k/s, at least 1; 2 in the paper
 * @param iterations T, at least 1; 60 in the paper
 * @param powerIterations power iterations for each atom's rank-1 problem, at least 1; 8 in the
 *     paper. Each starts from the atom's present code
 * @param tolerance stop when an iteration lowers the relative error by less than this part of it; 0
 *     never stops early. The paper stops early but gives no number
 * @param pursuit how codes are found
 * @param atomBlock atoms updated together, see {@link AtomUpdate}; 1 is the paper's order
 */
public record CospadiMethod(
    double rho,
    int iterations,
    int powerIterations,
    double tolerance,
    Pursuit pursuit,
    int atomBlock)
    implements CompressionMethod {

  /** What may be said of it; the standard is the fast variant. */
  public static final Schema<CospadiMethod> SCHEMA =
      new Schema<>(
          "cospadi",
          "any dictionary and sparse code, by K-SVD (a fast variant to the same error)",
          fast(),
          List.of(
              CommonSettings.rho(CospadiMethod::rho, CospadiMethod::withRho),
              CommonSettings.iterations(CospadiMethod::iterations, CospadiMethod::withIterations)));

  /** Enough to tell how errors compare between sizes and projections. */
  private static final int FEW_ITERATIONS = 8;

  public CospadiMethod {
    if (!(rho >= 1)
        || iterations < 1
        || powerIterations < 1
        || !(tolerance >= 0)
        || atomBlock < 1) {
      throw new IllegalArgumentException(
          "CoSpaDi needs k/s, iterations, power iterations and atoms a block of at least 1 and"
              + " tolerance >= 0; got %s, %d, %d, %d, %s"
                  .formatted(rho, iterations, powerIterations, atomBlock, tolerance));
    }
  }

  /**
   * The paper's algorithm: k/s 2, 60 iterations, 8 power iterations, every pursuit from nothing.
   */
  public static CospadiMethod paper() {
    return new CospadiMethod(2, 60, 8, 0, Pursuit.OMP, 1);
  }

  /**
   * The same problem to the same error in a fraction of the time: supports that go on from the ones
   * before, atoms in blocks of 32 with 2 power iterations each, more but far cheaper iterations.
   */
  public static CospadiMethod fast() {
    return new CospadiMethod(2, 80, 2, 0, Pursuit.STAGED, 32);
  }

  public CospadiMethod withRho(double value) {
    return new CospadiMethod(value, iterations, powerIterations, tolerance, pursuit, atomBlock);
  }

  public CospadiMethod withIterations(int value) {
    return new CospadiMethod(rho, value, powerIterations, tolerance, pursuit, atomBlock);
  }

  @Override
  public Schema<CospadiMethod> schema() {
    return SCHEMA;
  }

  @Override
  public double operations(long in, long out, Form form) {
    return Operations.alternation(in, out, form, iterations);
  }

  @Override
  public Set<Need> needs() {
    return Set.of(Need.GRAM);
  }

  @Override
  public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return SparseForm.overComplete(in, out, dtype, ratio, rho).map(Form.class::cast);
  }

  @Override
  public CompressionMethod quick() {
    return withIterations(Math.min(iterations, FEW_ITERATIONS));
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    problem.checkFinite();
    Whitening whitening = problem.requiredWhitening(name());
    SparseForm sparse = new SizeCheck(name(), problem).overComplete(size);
    try (var _ = TensorScope.open()) {
      Tensor target = whitening.whiten(problem.target());
      // Single precision has enough digits for the iterations, but not for every magnitude.
      double scale = LowRank.powerOfTwo(target);
      var range = RangeCoordinates.of(target.div_(new Scalar(scale)));
      var result = KSvd.run(this, range.coordinates(), sparse, problem.seed());
      Tensor atoms = whitening.dewhiten(range.lift(result.atoms().t()).t());
      Tensor code = result.code().to(ScalarType.Double).mul_(new Scalar(scale));
      return StoredFactors.sparse(problem, code, atoms, sparse, result.errors())
          .withSpectrum(descending(SingularValues.of(range.coordinates())));
    }
  }

  /** K-SVD itself has no use for a spectrum; beside it, this one costs next to nothing. */
  private static List<Double> descending(double[] ascending) {
    return Arrays.stream(ascending).boxed().toList().reversed();
  }
}
