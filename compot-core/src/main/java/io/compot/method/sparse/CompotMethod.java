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
import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * COMPOT (arXiv 2602.15200): min ‖LW − DS‖_F over D [m, k] with DᵀD = I and S [k, n] with at most s
 * nonzeros a column, by {@link Alternation alternating} hard thresholds and orthogonal Procrustes
 * problems; stored are A = L⁻¹D and S.
 *
 * <p>D's columns lie in the range of LW, so where in &gt; out everything runs on the triangular
 * factor R of LW = QR, and D = QD′: the same result for fewer operations.
 *
 * @param rho atoms a nonzero, k/s, at least 1; 2 in the paper
 * @param iterations T, at least 1; 20 in the paper
 * @param tolerance stop when an iteration lowers the relative error by less; 0 never stops early
 * @param initialisation the first dictionary
 * @param momentum β of a {@link MomentumStep longer step} in place of the Procrustes step, 0 to 1;
 *     0 is the paper's algorithm, 0.5 reaches the error of 20 plain rounds in about 7, 0.6 has the
 *     least error after 20
 */
public record CompotMethod(
    double rho, int iterations, double tolerance, Initialisation initialisation, double momentum)
    implements CompressionMethod {

  /** What may be said of it. */
  public static final Schema<CompotMethod> SCHEMA =
      new Schema<>(
          "compot",
          "orthogonal dictionary and sparse code, fitted to the calibration activations",
          paper(),
          List.of(
              CommonSettings.rho(CompotMethod::rho, CompotMethod::withRho),
              CommonSettings.iterations(CompotMethod::iterations, CompotMethod::withIterations),
              new Setting<>(
                  "init",
                  new Kind.Choice<>(Initialisation.class),
                  "First dictionary, svd or random.",
                  CompotMethod::initialisation,
                  CompotMethod::withInitialisation),
              new Setting<>(
                  "tolerance",
                  new Kind.Real(
                      new Kind.Real.Bounds(0, false, 1, true, "a number from 0 to below 1")),
                  "Stop a projection when a round lowers its relative error by less; 0 never does.",
                  CompotMethod::tolerance,
                  CompotMethod::withTolerance),
              CommonSettings.momentum(CompotMethod::momentum, CompotMethod::withMomentum)));

  /** Enough to tell how errors compare between sizes and projections. */
  private static final int FEW_ROUNDS = 4;

  public CompotMethod {
    if (!(rho >= 1) || iterations < 1 || !(tolerance >= 0) || !(momentum >= 0 && momentum <= 1)) {
      throw new IllegalArgumentException(
          "COMPOT needs k/s >= 1, iterations >= 1, tolerance >= 0 and momentum in 0..1; got"
              + " %s, %d, %s, %s".formatted(rho, iterations, tolerance, momentum));
    }
  }

  /** The paper's settings: k/s 2, 20 iterations without early stop, SVD start, no momentum. */
  public static CompotMethod paper() {
    return new CompotMethod(2, 20, 0, Initialisation.SVD, 0);
  }

  public CompotMethod withRho(double value) {
    return new CompotMethod(value, iterations, tolerance, initialisation, momentum);
  }

  public CompotMethod withIterations(int value) {
    return new CompotMethod(rho, value, tolerance, initialisation, momentum);
  }

  public CompotMethod withTolerance(double value) {
    return new CompotMethod(rho, iterations, value, initialisation, momentum);
  }

  public CompotMethod withInitialisation(Initialisation value) {
    return new CompotMethod(rho, iterations, tolerance, value, momentum);
  }

  public CompotMethod withMomentum(double value) {
    return new CompotMethod(rho, iterations, tolerance, initialisation, value);
  }

  @Override
  public Schema<CompotMethod> schema() {
    return SCHEMA;
  }

  @Override
  public String papersAllocation() {
    return "pooled";
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
    return SparseForm.within(in, out, dtype, ratio, rho).map(Form.class::cast);
  }

  @Override
  public CompressionMethod quick() {
    return withIterations(Math.min(iterations, FEW_ROUNDS));
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    problem.checkFinite();
    Whitening whitening = problem.requiredWhitening(name());
    SparseForm sparse = new SizeCheck(name(), problem).sparse(size);
    try (var _ = TensorScope.open()) {
      double scale;
      RangeCoordinates range;
      try (var inner = TensorScope.open()) {
        Tensor target = whitening.whiten(problem.target());
        // Single precision has enough digits for the iterations, but not for every magnitude.
        scale = LowRank.powerOfTwo(target);
        range = RangeCoordinates.of(target.div_(new Scalar(scale))).keptIn(inner);
      }
      var result = Alternation.run(this, range.coordinates(), sparse, problem.seed());
      Tensor atoms = range.lift(result.dictionary()).t();
      Tensor code = result.code().to(ScalarType.Double).mul_(new Scalar(scale));
      return new Dewhitening(problem, whitening, atoms, code)
          .stored(sparse, result.errors())
          .withSpectrum(result.singularValues());
    }
  }
}
