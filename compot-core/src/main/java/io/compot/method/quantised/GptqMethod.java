package io.compot.method.quantised;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.Numbers;
import io.compot.form.codec.DenseCodec;
import io.compot.method.CompressionMethod;
import io.compot.method.ExpectedError;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Measured;
import io.compot.method.MeasuredErrors;
import io.compot.method.MeasuredOffers;
import io.compot.method.Need;
import io.compot.method.Offer;
import io.compot.method.OfferedRise;
import io.compot.method.Operations;
import io.compot.method.StepKind;
import io.compot.quantise.Feedback;
import io.compot.quantise.Gptq;
import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * GPTQ (arXiv 2210.17323): columns rounded one after another, the errors of the earlier ones made
 * good in the later; inputs are those that come through what is rounded already.
 *
 * @param grids the grids
 * @param order in which columns are rounded
 */
public record GptqMethod(GridSettings grids, Feedback.Order order) implements CompressionMethod {

  /** What may be said of it. */
  public static final Schema<GptqMethod> SCHEMA =
      new Schema<>(
          "gptq",
          "whole weights on grids of 2 to 8 bits, rounding errors made good by later columns",
          new GptqMethod(GridSettings.standard(), Feedback.Order.ACTIVITY),
          settingsOfAll());

  private static List<Setting<GptqMethod, ?>> settingsOfAll() {
    List<Setting<GptqMethod, ?>> all =
        new ArrayList<>(
            GridSettings.<GptqMethod>all(
                GptqMethod::grids, (m, grids) -> new GptqMethod(grids, m.order)));
    all.add(
        new Setting<>(
            "order",
            new Kind.Choice<>(Feedback.Order.class),
            "Which column is rounded first: natural, or activity: that of the strongest input.",
            GptqMethod::order,
            (m, order) -> new GptqMethod(m.grids, order)));
    return all;
  }

  @Override
  public Schema<GptqMethod> schema() {
    return SCHEMA;
  }

  @Override
  public StepKind step() {
    return StepKind.QUANTISE;
  }

  @Override
  public Set<Need> needs() {
    return Set.of(Need.GRAM, Need.PREFIX);
  }

  /** It rounds the weight itself, for the inputs as they come. */
  @Override
  public boolean takesTarget() {
    return false;
  }

  @Override
  public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return grids.forms(in, out, dtype).within(ratio);
  }

  @Override
  public boolean sizesItself() {
    return grids.width().isPresent();
  }

  @Override
  public List<Form> forms(long in, long out, Dtype dtype) {
    return grids.forms(in, out, dtype).ascending();
  }

  @Override
  public List<Form> probes(LayerProblem problem) {
    return grids.probes(problem.in(), problem.out(), problem.stored());
  }

  @Override
  public boolean makes(Form form) {
    return FewForms.are(form, Numbers.Grouped.class);
  }

  @Override
  public double operations(long in, long out, Form form) {
    return 3.0 * in * in * out + Operations.decomposition(in, in) / 8;
  }

  @Override
  public List<ExpectedError> expect(LayerProblem problem) throws FailureException {
    problem.checkFinite();
    Feedback feedback = feedback(problem);
    return MeasuredErrors.of(probes(problem), probe -> make(problem, probe, feedback));
  }

  @Override
  public List<Offer> offers(LayerProblem problem, OfferedRise rise) throws FailureException {
    problem.checkFinite();
    Feedback feedback = feedback(problem);
    return MeasuredOffers.of(this, problem, rise, probe -> make(problem, probe, feedback));
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    problem.checkFinite();
    return make(problem, size, feedback(problem));
  }

  private Feedback feedback(LayerProblem problem) throws FailureException {
    return Feedback.shared(problem.requiredWhitening(name()), order, problem.name());
  }

  private Factorisation make(LayerProblem problem, Form size, Feedback feedback)
      throws FailureException {
    var numbers = FewForms.numbers(name(), problem, size, Numbers.Grouped.class);
    try {
      var matrix =
          Gptq.quantise(problem.name(), problem.weight(), feedback, numbers.grid(), grids.range());
      return Measured.of(problem, DenseCodec.packed(matrix));
    } catch (FailureException e) {
      throw e;
    } catch (CompotException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
