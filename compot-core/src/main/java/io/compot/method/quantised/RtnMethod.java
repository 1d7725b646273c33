package io.compot.method.quantised;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.Numbers;
import io.compot.form.codec.DenseCodec;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Measured;
import io.compot.method.Need;
import io.compot.method.StepKind;
import io.compot.quantise.RoundToNearest;
import io.compot.setting.Schema;
import io.compot.tensor.Dtype;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Every weight to the nearest point of its group's grid (RTN): the baseline of all quantisers, and
 * the only one that needs no calibration.
 *
 * @param grids the grids
 */
public record RtnMethod(GridSettings grids) implements CompressionMethod {

  /** What may be said of it. */
  public static final Schema<RtnMethod> SCHEMA =
      new Schema<>(
          "rtn",
          "whole weights rounded to nearest on grids of 2 to 8 bits; needs no calibration",
          new RtnMethod(GridSettings.standard()),
          GridSettings.all(RtnMethod::grids, (_, grids) -> new RtnMethod(grids)));

  @Override
  public Schema<RtnMethod> schema() {
    return SCHEMA;
  }

  @Override
  public StepKind step() {
    return StepKind.QUANTISE;
  }

  @Override
  public Set<Need> needs() {
    return Set.of();
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
    return 100.0 * in * out;
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    problem.checkFinite();
    var numbers = FewForms.numbers(name(), problem, size, Numbers.Grouped.class);
    try {
      var matrix =
          RoundToNearest.quantise(problem.name(), problem.weight(), numbers.grid(), grids.range());
      return Measured.of(problem, DenseCodec.packed(matrix));
    } catch (FailureException e) {
      throw e;
    } catch (CompotException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
