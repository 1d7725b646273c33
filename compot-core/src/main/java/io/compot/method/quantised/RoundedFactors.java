package io.compot.method.quantised;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.method.CompressionMethod;
import io.compot.method.ExpectedError;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Measured;
import io.compot.method.MeasuredErrors;
import io.compot.method.Need;
import io.compot.method.Offer;
import io.compot.method.OfferedRise;
import io.compot.method.Operations;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.setting.WholeOr;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A method that factorises, and after it GPTQ: COMPOT + GPTQ (arXiv 2602.15200, Table 7), SVD-LLM +
 * GPTQ (arXiv 2403.07378) and the same of all others. The dictionary or right factor is rounded
 * with the Gram matrix of the input; the code or left factor is fitted anew to it as it is stored,
 * and rounded with the Gram matrix of its outputs. Without a width it is the method itself.
 *
 * @param method that factorises
 * @param grids of both factors; no width leaves it to the allocation
 */
public record RoundedFactors(CompressionMethod method, GridSettings grids)
    implements CompressionMethod {

  /** Where nobody chooses among the widths of {@link #CHOICE}. */
  private static final int USUAL = 4;

  /** Widths that compete where it is left to the allocation, beside unrounded factors. */
  private static final List<Integer> CHOICE = List.of(3, 4, 6);

  /** What may be said of a method, and of the rounding of its factors. */
  public static <M extends CompressionMethod> Schema<RoundedFactors> schema(Schema<M> plain) {
    List<Setting<RoundedFactors, ?>> settings = new ArrayList<>();
    plain.settings().forEach(each -> settings.add(lifted(each)));
    settings.addAll(
        GridSettings.ofFactors(
            RoundedFactors::grids, (m, grids) -> new RoundedFactors(m.method, grids)));
    return new Schema<>(plain.name(), plain.summary(), unrounded(plain.standard()), settings);
  }

  /** A method whose factors stay as they are until a width is said of it. */
  public static RoundedFactors unrounded(CompressionMethod method) {
    return new RoundedFactors(method, GridSettings.standard().withWidth(Optional.of(WholeOr.NONE)));
  }

  @SuppressWarnings("unchecked") // it holds a method of the schema's type, whose settings these are
  private static <M extends CompressionMethod, T> Setting<RoundedFactors, T> lifted(
      Setting<M, T> plain) {
    return new Setting<>(
        plain.name(),
        plain.kind(),
        plain.help(),
        m -> plain.get().apply((M) m.method),
        (m, value) -> new RoundedFactors(plain.with().apply((M) m.method, value), m.grids));
  }

  @Override
  public Schema<? extends CompressionMethod> schema() {
    return schema(method.schema());
  }

  /** The same with factors of a width, or of those that the allocation chooses where empty. */
  public RoundedFactors withWidth(Optional<Integer> width) {
    return new RoundedFactors(method, grids.withWidth(width));
  }

  private boolean rounds() {
    return !grids.width().equals(Optional.of(WholeOr.NONE));
  }

  private List<Integer> widths() {
    return !rounds() ? List.of() : grids.width().map(List::of).orElse(CHOICE);
  }

  private int usual() {
    return grids.width().orElse(USUAL);
  }

  private FactorForms sizes() {
    return new FactorForms(method, grids);
  }

  @Override
  public boolean takesTarget() {
    return method.takesTarget();
  }

  @Override
  public String usualAllocation() {
    return method.usualAllocation();
  }

  @Override
  public String papersAllocation() {
    return method.papersAllocation();
  }

  @Override
  public Set<Need> needs() {
    Set<Need> needs = EnumSet.noneOf(Need.class);
    needs.addAll(method.needs());
    if (rounds()) {
      needs.add(Need.GRAM);
    }
    return Set.copyOf(needs);
  }

  @Override
  public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return rounds()
        ? sizes().within(in, out, dtype, ratio, usual())
        : method.size(in, out, dtype, ratio);
  }

  /** A width says how factors are stored, and not how large they are. */
  @Override
  public boolean needsBudget() {
    return rounds() && grids.width().isPresent();
  }

  @Override
  public List<Form> forms(long in, long out, Dtype dtype) {
    Stream<Form> plain =
        rounds() && grids.width().isPresent() ? Stream.of() : method.forms(in, out, dtype).stream();
    Stream<Form> rounded =
        widths().stream().flatMap(width -> sizes().of(in, out, dtype, width).stream());
    return Stream.concat(plain, rounded)
        .sorted(Comparator.comparingLong(form -> form.bits(in, out)))
        .toList();
  }

  @Override
  public List<Form> probes(LayerProblem problem) {
    List<Form> plain = method.probes(problem);
    return rounds()
        ? sizes().rounded(plain, problem.in(), problem.out(), problem.stored(), usual())
        : plain;
  }

  @Override
  public CompressionMethod quick() {
    return new RoundedFactors(method.quick(), grids);
  }

  @Override
  public boolean makes(Form form) {
    return method.makes(FactorForms.arePlain(form) ? form : FactorForms.plain(form, Dtype.F32));
  }

  /** As the method's, and the two roundings with what they need. */
  @Override
  public double operations(long in, long out, Form form) {
    if (FactorForms.arePlain(form)) {
      return method.operations(in, out, form);
    }
    return method.operations(in, out, FactorForms.plain(form, Dtype.F32))
        + 3.0 * in * form.numbers(in, out)
        + Operations.decomposition(in, in) / 8;
  }

  @Override
  public List<ExpectedError> expect(LayerProblem problem) throws FailureException {
    if (!rounds()) {
      return method.expect(problem);
    }
    FactorRounding rounding = rounding(problem);
    return MeasuredErrors.of(
        probes(problem), probe -> made(method.quick(), problem, probe, rounding));
  }

  @Override
  public List<Offer> offers(LayerProblem problem, OfferedRise rise) throws FailureException {
    List<Offer> all = new ArrayList<>();
    if (!rounds() || grids.width().isEmpty()) {
      for (Offer each : method.offers(problem, rise)) {
        all.add(new Offer(this, each.label(), each.form(), each.rise()));
      }
    }
    if (rounds()) {
      var offers = new FactorOffers(this, sizes(), problem, rise, rounding(problem));
      all.addAll(offers.of(widths()));
    }
    return all;
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    if (FactorForms.arePlain(size)) {
      return method.factorise(problem, size);
    }
    return made(method, problem, size, rounding(problem));
  }

  private FactorRounding rounding(LayerProblem problem) throws FailureException {
    problem.checkFinite();
    return FactorRounding.of(
        name(),
        problem,
        grids.range(),
        method.needs(Need.OUTPUT_METRIC) ? problem.outputMetric() : null);
  }

  private static Factorisation made(
      CompressionMethod by, LayerProblem problem, Form size, FactorRounding rounding)
      throws FailureException {
    LayerProblem wide = wide(problem);
    try (Factorisation plain = by.factorise(wide, FactorForms.plain(size, wide.stored()))) {
      return rounded(problem, plain, size, rounding);
    }
  }

  /**
   * Factors that were made already, in few bits.
   *
   * @param plain stays the caller's
   */
  static Factorisation rounded(
      LayerProblem problem, Factorisation plain, Form size, FactorRounding rounding)
      throws FailureException {
    Packed packed = rounding.round(plain.factors(), size);
    return Measured.of(problem, packed, plain.iterationErrors(), 0)
        .withWhitening(plain.whitening())
        .withSpectrum(plain.spectrum());
  }

  /** The same, with factors in a type that costs no digits before they are rounded. */
  static LayerProblem wide(LayerProblem problem) {
    return new LayerProblem(
        problem.name(),
        problem.weight(),
        problem.whitening(),
        problem.stored() == Dtype.F64 ? Dtype.F64 : Dtype.F32,
        problem.seed(),
        problem.outputMetric(),
        problem.original(),
        problem.target());
  }
}
