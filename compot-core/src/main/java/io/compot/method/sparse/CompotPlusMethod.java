package io.compot.method.sparse;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.SparseForm;
import io.compot.method.CommonSettings;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Need;
import io.compot.method.Offer;
import io.compot.method.OfferedRise;
import io.compot.method.Operations;
import io.compot.method.SizeCheck;
import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.tensor.Dtype;
import io.compot.tensor.SingularVectors;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The factorisation of {@code compot+}, ours and not the paper's: COMPOT's {@link Alternation} with
 * momentum, the threshold over the whole matrix instead of each column, and {@link Refinement least
 * squares} afterwards. Stored factors are of the same kind and size as COMPOT's.
 *
 * <p>Where the problem has a metric H of its outputs, what is minimised is tr(H ΔW G ΔWᵀ), the
 * predicted rise of the loss: its diagonal weighs the columns in the alternation, all of it counts
 * in the refinement.
 *
 * @param chosenRho atoms a nonzero, k/s, at least 1; empty leaves it to the allocation, or is 2
 * @param iterations of the alternation, at least 1
 * @param momentum β of {@link MomentumStep}, 0 to 1
 * @param threshold whether each column has s nonzeros, or s on average
 * @param refinements rounds of least squares, 0 for none
 * @param metric how much of H counts
 */
public record CompotPlusMethod(
    Optional<Double> chosenRho,
    int iterations,
    double momentum,
    CodeThreshold threshold,
    int refinements,
    MetricUse metric)
    implements CompressionMethod {

  /** What may be said of compot+. */
  public static final Schema<CompotPlusMethod> SCHEMA =
      new Schema<>(
          "compot+",
          "ours, no paper's: compot guided by what the loss says; best, and slower",
          standard(),
          allSettings());

  /** What may be said of compot+lite. */
  public static final Schema<CompotPlusMethod> LITE_SCHEMA =
      new Schema<>("compot+lite", "the same without a backward pass", lite(), allSettings());

  private static final double USUAL_RHO = 2;

  /** The error of leaving a weight out. */
  private static final double NOTHING = 1;

  /** Enough to tell how errors compare between sizes and projections. */
  private static final int FEW_ROUNDS = 6;

  /** How much of the outputs' metric counts. */
  public enum MetricUse {
    /** Nothing. */
    NONE,
    /** Its diagonal: weights of the columns. */
    DIAGONAL,
    /** The diagonal in the alternation, all of it in the refinement. */
    FULL
  }

  public CompotPlusMethod {
    if (!(chosenRho.orElse(USUAL_RHO) >= 1)
        || iterations < 1
        || !(momentum >= 0 && momentum <= 1)
        || refinements < 0) {
      throw new IllegalArgumentException(
          "compot+ needs k/s >= 1, iterations >= 1, momentum in 0..1, refinements >= 0; got"
              + " %s, %d, %s, %d".formatted(chosenRho, iterations, momentum, refinements));
    }
  }

  /** What pays best: 20 iterations, momentum 0.6, all of the matrix, 3 rounds, all of H. */
  public static CompotPlusMethod standard() {
    return new CompotPlusMethod(Optional.empty(), 20, 0.6, CodeThreshold.MATRIX, 3, MetricUse.FULL);
  }

  /** The same without a backward pass to get H from: {@code compot+lite}. */
  public static CompotPlusMethod lite() {
    return standard().withMetric(MetricUse.NONE);
  }

  public CompotPlusMethod withRho(double value) {
    return new CompotPlusMethod(
        Optional.of(value), iterations, momentum, threshold, refinements, metric);
  }

  public CompotPlusMethod withIterations(int value) {
    return new CompotPlusMethod(chosenRho, value, momentum, threshold, refinements, metric);
  }

  public CompotPlusMethod withMomentum(double value) {
    return new CompotPlusMethod(chosenRho, iterations, value, threshold, refinements, metric);
  }

  public CompotPlusMethod withThreshold(CodeThreshold value) {
    return new CompotPlusMethod(chosenRho, iterations, momentum, value, refinements, metric);
  }

  public CompotPlusMethod withRefinements(int value) {
    return new CompotPlusMethod(chosenRho, iterations, momentum, threshold, value, metric);
  }

  public CompotPlusMethod withMetric(MetricUse value) {
    return new CompotPlusMethod(chosenRho, iterations, momentum, threshold, refinements, value);
  }

  /** k/s: the chosen one, or 2. */
  public double rho() {
    return chosenRho.orElse(USUAL_RHO);
  }

  private static List<Setting<CompotPlusMethod, ?>> allSettings() {
    return List.of(
        new Setting<>(
            "rho",
            new Kind.Auto<>(CommonSettings.atomsPerNonzero()),
            "Atoms of the dictionary for each nonzero of a code row (k/s), at least 1; auto: of 1.5,"
                + " 2 and 2.5 what the allocation damage chooses for each projection, else 2.",
            CompotPlusMethod::chosenRho,
            (owner, value) -> owner.withChosenRho(value)),
        CommonSettings.iterations(CompotPlusMethod::iterations, CompotPlusMethod::withIterations),
        CommonSettings.momentum(CompotPlusMethod::momentum, CompotPlusMethod::withMomentum));
  }

  private CompotPlusMethod withChosenRho(Optional<Double> value) {
    return new CompotPlusMethod(value, iterations, momentum, threshold, refinements, metric);
  }

  @Override
  public Schema<CompotPlusMethod> schema() {
    return metric == MetricUse.NONE ? LITE_SCHEMA : SCHEMA;
  }

  @Override
  public String usualAllocation() {
    return metric == MetricUse.NONE ? "whitened" : "damage";
  }

  @Override
  public double operations(long in, long out, Form form) {
    return Operations.alternation(in, out, form, iterations + refinements);
  }

  @Override
  public Set<Need> needs() {
    return metric == MetricUse.NONE
        ? Set.of(Need.GRAM, Need.PREFIX)
        : Set.of(Need.GRAM, Need.PREFIX, Need.OUTPUT_METRIC);
  }

  @Override
  public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return SparseForm.within(in, out, dtype, ratio, rho()).map(Form.class::cast);
  }

  @Override
  public CompressionMethod quick() {
    return withIterations(Math.min(iterations, FEW_ROUNDS))
        .withRefinements(Math.min(refinements, 1));
  }

  @Override
  public List<Offer> offers(LayerProblem problem, OfferedRise rise) throws FailureException {
    return CompotPlusOffers.of(this, problem, rise);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The size's s is the mean number of nonzeros a column. Iteration errors are those of what is
   * minimised: first of the alternation, weighted by the diagonal of H, then of the refinement.
   */
  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    try (var _ = TensorScope.open()) {
      return prepare(problem).factorise(this, size);
    }
  }

  /**
   * A problem with what factorisations of any size share: the weighted weight and the dictionary to
   * start from. Its tensors are in the scope that was open.
   */
  public static final class Prepared {

    private final LayerProblem problem;
    private final WeightedProblem weighted;
    private final SingularVectors start;

    private Prepared(LayerProblem problem, WeightedProblem weighted, SingularVectors start) {
      this.problem = problem;
      this.weighted = weighted;
      this.start = start;
    }

    /**
     * As {@link CompotPlusMethod#factorise} does.
     *
     * @param method with the same use of H as the one that prepared it
     */
    public Factorisation factorise(CompotPlusMethod method, Form size) throws FailureException {
      return method.factorise(this, new SizeCheck(method.name(), problem).sparse(size));
    }
  }

  /**
   * Does once what does not depend on the size.
   *
   * @throws FailureException naming the projection where its numbers do not allow it
   */
  public Prepared prepare(LayerProblem problem) throws FailureException {
    problem.checkFinite();
    var weighted = WeightedProblem.of(this, problem);
    Tensor coordinates = weighted.coordinates();
    SingularVectors start = SingularVectors.right(coordinates, coordinates.size(1));
    return new Prepared(problem, weighted, start);
  }

  private Factorisation factorise(Prepared prepared, SparseForm sparse) throws FailureException {
    LayerProblem problem = prepared.problem;
    WeightedProblem weighted = prepared.weighted;
    try (var _ = TensorScope.open()) {
      SingularVectors start = prepared.start.first(sparse.k());
      var found = Alternation.run(alternation(), weighted.coordinates(), start, sparse, threshold);
      Tensor support = found.code().view(ScalarType.Int).ne(new Scalar(0));
      Tensor code = found.code();
      Tensor atoms = found.dictionary().t().contiguous();
      List<Double> errors = new ArrayList<>(found.errors());
      if (refinements > 0) {
        errors.addAll(refine(weighted, atoms, code, support));
      }
      code = code.to(ScalarType.Double).mul_(new Scalar(weighted.scale()));
      code.div_(weighted.weights());
      Tensor zero = support.logical_and(code.eq(new Scalar(0.0)));
      Tensor marked = code.masked_fill(zero, new Scalar(-0.0));
      Whitening whitening = problem.requiredWhitening(name());
      Tensor lifted = weighted.range().lift(atoms.t()).t();
      Factorisation made =
          new Dewhitening(problem, whitening, lifted, marked)
              .stored(sparse, errors)
              .withSpectrum(start.values());
      if (metric == MetricUse.NONE || Dewhitening.error(made) <= NOTHING) {
        return made;
      }
      // Outputs that hardly count, as little gradient says, were left to do as they like.
      made.close();
      return withMetric(MetricUse.NONE).factorise(problem, sparse);
    }
  }

  // In single precision, as the alternation.
  private List<Double> refine(WeightedProblem weighted, Tensor atoms, Tensor code, Tensor support) {
    try (var _ = TensorScope.open()) {
      Tensor target = weighted.coordinates().to(ScalarType.Float);
      Tensor full = weighted.metric();
      Tensor metricUsed = full == null ? null : full.to(ScalarType.Float);
      Tensor inside = support.to(ScalarType.Float);
      return new Refinement(target, metricUsed, atoms, code, inside).run(refinements);
    }
  }

  CompotMethod alternation() {
    return new CompotMethod(rho(), iterations, 0, Initialisation.SVD, momentum);
  }
}
