package io.compot.method.quantised;

import io.compot.error.FailureException;
import io.compot.form.DenseForm;
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
import io.compot.method.StepKind;
import io.compot.quantise.TrellisFormat;
import io.compot.quantise.TrellisInput;
import io.compot.quantise.TrellisQuantiser;
import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Trellis codes of the weight turned on both sides, with feedback from column to column (QTIP,
 * arXiv 2406.11235, with a code of our own): at two to four bits about half the error of GPTQ at as
 * many. Inputs are those that come through what is coded already, and targets make up for that:
 * what GPTAQ (arXiv 2504.02692) does for GPTQ.
 *
 * @param halfBits twice the bits a weight; empty leaves them to the allocation
 */
public record TrellisMethod(Optional<Integer> halfBits) implements CompressionMethod {

  /** What may be said of it. */
  public static final Schema<TrellisMethod> SCHEMA =
      new Schema<>(
          "trellis",
          "whole weights in trellis codes of 1 to 6 bits, turned and with feedback; the least loss"
              + " for its size, and slower",
          new TrellisMethod(Optional.empty()),
          List.of(
              new Setting<>(
                  "width",
                  new Kind.Auto<>(new HalfBits()),
                  "Bits of a number's code, from 1 to 6 in steps of a half; auto: what the"
                      + " allocation gives each projection.",
                  TrellisMethod::halfBits,
                  (_, value) -> new TrellisMethod(value))));

  /** Half bits at which errors are measured; those between are interpolated. */
  private static final Set<Integer> PROBES = Set.of(2, 4, 6, 8, 12);

  @Override
  public Schema<TrellisMethod> schema() {
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

  @Override
  public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return few(in, out, dtype).within(ratio);
  }

  @Override
  public boolean sizesItself() {
    return halfBits.isPresent();
  }

  @Override
  public List<Form> forms(long in, long out, Dtype dtype) {
    return few(in, out, dtype).ascending();
  }

  private FewForms few(long in, long out, Dtype dtype) {
    List<Form> forms = new ArrayList<>();
    for (int half = TrellisFormat.LEAST; half <= TrellisFormat.MOST; half++) {
      if (halfBits.isEmpty() || halfBits.get() == half) {
        forms.add(new DenseForm(new Numbers.Trellis(TrellisFormat.forRows(half, out))));
      }
    }
    return FewForms.smaller(forms, in, out, dtype.bits());
  }

  @Override
  public boolean makes(Form form) {
    return FewForms.are(form, Numbers.Trellis.class);
  }

  @Override
  public List<Form> probes(LayerProblem problem) {
    return forms(problem.in(), problem.out(), problem.stored()).stream()
        .filter(form ->
            halfBits.isPresent()
                || (form instanceof DenseForm(Numbers.Trellis(TrellisFormat format))
                    && PROBES.contains(format.halfBits())))
        .toList();
  }

  /** The search through the trellis: some operations for each state of each weight. */
  @Override
  public double operations(long in, long out, Form form) {
    return 20.0 * (1 << 12) * in * out;
  }

  @Override
  public List<ExpectedError> expect(LayerProblem problem) throws FailureException {
    problem.checkFinite();
    TrellisInput input = input(problem);
    return MeasuredErrors.of(probes(problem), probe -> make(problem, probe, input));
  }

  /**
   * Two widths are made, and the others follow: between and below them the logarithm is linear in
   * bits, above them each bit divides the rise by four, as it does for any good code.
   */
  @Override
  public List<Offer> offers(LayerProblem problem, OfferedRise rise) throws FailureException {
    problem.checkFinite();
    List<Form> forms = forms(problem.in(), problem.out(), problem.stored());
    TrellisInput input = input(problem);
    if (forms.size() <= 2) {
      return MeasuredOffers.of(this, problem, rise, probe -> make(problem, probe, input));
    }
    double at2 = rise(problem, forms, 4, input, rise);
    double at3 = rise(problem, forms, 6, input, rise);
    List<Offer> offers = new ArrayList<>();
    for (Form form : forms) {
      int half = FewForms.numbers(name(), problem, form, Numbers.Trellis.class).format().halfBits();
      double expected =
          half > 6
              ? at3 * Math.pow(2, 6 - half)
              : at3 * Math.pow(at3 > 0 ? at2 / at3 : 1, (6 - half) / 2.0);
      offers.add(new Offer(this, name(), form, expected));
    }
    return offers;
  }

  private double rise(
      LayerProblem problem, List<Form> forms, int half, TrellisInput input, OfferedRise rise)
      throws FailureException {
    Form probe =
        forms.stream()
            .filter(form ->
                FewForms.numbers(name(), problem, form, Numbers.Trellis.class).format().halfBits()
                    == half)
            .findFirst()
            .orElseThrow();
    try (Factorisation made = make(problem, probe, input)) {
      return rise.of(made.factors());
    }
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    problem.checkFinite();
    return make(problem, size, input(problem));
  }

  private TrellisInput input(LayerProblem problem) throws FailureException {
    return TrellisInput.shared(problem.requiredWhitening(name()), problem.name());
  }

  private Factorisation make(LayerProblem problem, Form size, TrellisInput input)
      throws FailureException {
    var numbers = FewForms.numbers(name(), problem, size, Numbers.Trellis.class);
    var matrix =
        TrellisQuantiser.quantise(
            problem.name(), problem.target(), input, numbers.format(), ~problem.seed());
    return Measured.of(problem, DenseCodec.packed(matrix));
  }
}
