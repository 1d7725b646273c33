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

  /** Rounds that it goes through at most, each of about equal time; 1 where it is closed-form. */
  default int rounds() {
    return 1;
  }

  /** Every setting by name, as JSON has it. */
  @SuppressWarnings("unchecked") // its own schema is one of its own type
  default SequencedMap<String, Object> settings() {
    return ((Schema<CompressionMethod>) schema()).plain(this);
  }

  /** The allocation that suits it where none is chosen. */
  default String usualAllocation() {
    return "uniform";
  }

  /** The allocation of its own paper. */
  default String papersAllocation() {
    return usualAllocation();
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
   * Factorises one weight at a size that {@link #size} gave.
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
    return MeasuredErrors.of(this, problem);
  }
}
