package io.compot.method;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.setting.Schema;
import io.compot.tensor.Dtype;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * One way to factorise a weight. Implementations are immutable, hold their settings and may be used
 * from several threads.
 */
public interface CompressionMethod {

  /** Features of a weight to ask about where any will do. */
  long SOME = 128;

  /** What may be said of it: its name, its settings, and what it is where nothing is said. */
  Schema<? extends CompressionMethod> schema();

  /** The name by which commands and files know it, e.g. {@code compot}. */
  default String name() {
    return schema().name();
  }

  /**
   * Whether, beside a compressed prefix, it factorises the target that makes up for the prefix in
   * place of the weight itself. The usual answer: if it looks at the prefix at all.
   */
  default boolean takesTarget() {
    return needs(Need.PREFIX);
  }

  /** Every setting by name, as JSON has it. */
  @SuppressWarnings("unchecked") // its own schema is one of its own type
  default SequencedMap<String, Object> settings() {
    return ((Schema<CompressionMethod>) schema()).plain(this);
  }

  /** Every setting by name, as it would be written. */
  @SuppressWarnings("unchecked") // its own schema is one of its own type
  default SequencedMap<String, String> described() {
    return ((Schema<CompressionMethod>) schema()).describe(this);
  }

  /** The allocation that suits it where none is chosen. */
  default String usualAllocation() {
    return "uniform";
  }

  /** The allocation of its own paper. */
  default String papersAllocation() {
    return usualAllocation();
  }

  /** The kind of step that it is for, where a recipe has several. */
  default StepKind step() {
    return StepKind.FACTORISE;
  }

  /** What it has to be given beside the weight. */
  Set<Need> needs();

  /** Whether it has to be given one thing. */
  default boolean needs(Need one) {
    return needs().contains(one);
  }

  /**
   * The size of the factors that a ratio leaves room for.
   *
   * @param in input features
   * @param out output features
   * @param dtype in which its numbers will be stored
   * @param ratio fraction of the dense bits to remove, in (0, 1)
   * @return empty where no factors fit, so that the matrix stays dense
   */
  Optional<Form> size(long in, long out, Dtype dtype, double ratio);

  /**
   * Whether its settings leave one form for each weight, so that there is nothing to split a budget
   * over unless one is said.
   */
  default boolean sizesItself() {
    return false;
  }

  /**
   * Whether a budget has to be said of it: where the usual ratio would make no sense, since what it
   * stores is far smaller at any size.
   */
  default boolean needsBudget() {
    return false;
  }

  /**
   * The sizes that are worth weighing against each other, in ascending order of bits: by default
   * what is left at each half percent of the dense bits, each once.
   *
   * @param dtype in which its numbers will be stored
   */
  default List<Form> forms(long in, long out, Dtype dtype) {
    return Sizes.atEachHalfPercent(this, in, out, dtype);
  }

  /**
   * The sizes at which errors are measured, close enough to be interpolated between; in ascending
   * order of bits, the smallest and the largest of {@link #forms} among them if they matter.
   */
  default List<Form> probes(LayerProblem problem) {
    return Sizes.atSomeParts(this, problem);
  }

  /**
   * Whether {@link #factorise} takes such forms, where they fit the weight: by default those of the
   * kind that {@link #forms} gives.
   */
  default boolean makes(Form form) {
    return forms(SOME, SOME, Dtype.F32).stream()
        .anyMatch(each -> each.getClass() == form.getClass());
  }

  /**
   * Operations of one factorisation, roughly, for the time left: a decomposition by default.
   *
   * @param form of what it makes
   */
  default double operations(long in, long out, Form form) {
    return Operations.decomposition(in, out);
  }

  /**
   * The same with fewer rounds: enough to tell how errors compare between sizes and projections. By
   * default itself.
   */
  default CompressionMethod quick() {
    return this;
  }

  /**
   * Factorises one weight at a size that {@link #size} or {@link #forms} gave.
   *
   * @return factors owned by the caller, rounded to the stored type before their error was measured
   * @throws FailureException naming the projection where its numbers do not allow it
   */
  Factorisation factorise(LayerProblem problem, Form size) throws FailureException;

  /**
   * The errors to expect at several sizes, for those who split a budget: measured at as many sizes
   * as are cheap, in ascending order, by fewer rounds than {@link #factorise} takes. A short run
   * errs to the same side at all sizes.
   *
   * @return empty where no factors fit the projection at all
   * @throws FailureException naming the projection where its numbers do not allow it
   */
  default List<ExpectedError> expect(LayerProblem problem) throws FailureException {
    return MeasuredErrors.of(quick(), problem);
  }

  /**
   * The maker of an offer, by its name: itself, or one that it chooses among.
   *
   * @throws IllegalArgumentException where it makes no such offers
   */
  default CompressionMethod maker(String name) {
    if (!name.equals(name())) {
      throw new IllegalArgumentException(name() + " has no offers of " + name);
    }
    return this;
  }

  /**
   * All that it could put in the weight's place, with the rise of the loss that each is predicted
   * to cause, for those who split a budget by that.
   *
   * @param rise the predicted rise with a packed weight in place of the weight, which stays the
   *     caller's
   * @return empty where nothing fits the projection at all
   * @throws FailureException naming the projection where its numbers do not allow it
   */
  default List<Offer> offers(LayerProblem problem, OfferedRise rise) throws FailureException {
    return MeasuredOffers.of(this, problem, rise);
  }
}
