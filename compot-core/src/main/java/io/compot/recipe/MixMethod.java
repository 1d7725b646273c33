package io.compot.recipe;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.method.CompressionMethod;
import io.compot.method.ExpectedError;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Need;
import io.compot.method.Offer;
import io.compot.method.OfferedRise;
import io.compot.method.StepKind;
import io.compot.method.quantised.GptqMethod;
import io.compot.method.quantised.TrellisMethod;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Several methods, of which the allocation chooses one for each projection: method, size and width
 * stand on one scale of bits and predicted rise of the loss.
 *
 * @param parts at least one, each name once, in the order in which they are asked
 */
public record MixMethod(List<CompressionMethod> parts) implements CompressionMethod {

  /** What may be said of it. */
  public static final Schema<MixMethod> SCHEMA =
      new Schema<>(
          "mix",
          "for each projection the method and width that cost least loss for their bits",
          new MixMethod(List.of(TrellisMethod.SCHEMA.standard(), GptqMethod.SCHEMA.standard())),
          List.of(
              new Setting<>(
                  "options",
                  new Competitors(),
                  "Methods that compete for each projection.",
                  MixMethod::parts,
                  (_, parts) -> new MixMethod(parts))));

  public MixMethod {
    parts = List.copyOf(parts);
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("a mix of no methods");
    }
  }

  @Override
  public Schema<MixMethod> schema() {
    return SCHEMA;
  }

  @Override
  public String usualAllocation() {
    return "damage";
  }

  @Override
  public StepKind step() {
    return StepKind.QUANTISE;
  }

  @Override
  public Set<Need> needs() {
    Set<Need> all = EnumSet.noneOf(Need.class);
    parts.forEach(part -> all.addAll(part.needs()));
    return Set.copyOf(all);
  }

  @Override
  public boolean takesTarget() {
    return parts.stream().anyMatch(CompressionMethod::takesTarget);
  }

  /** The largest that any of them has for it. */
  @Override
  public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return parts.stream()
        .flatMap(part -> part.size(in, out, dtype, ratio).stream())
        .max(Comparator.comparingLong(form -> form.bits(in, out)));
  }

  @Override
  public List<Form> forms(long in, long out, Dtype dtype) {
    return parts.stream()
        .flatMap(part -> part.forms(in, out, dtype).stream())
        .sorted(Comparator.comparingLong(form -> form.bits(in, out)))
        .distinct()
        .toList();
  }

  @Override
  public List<Form> probes(LayerProblem problem) {
    return parts.stream()
        .flatMap(part -> part.probes(problem).stream())
        .sorted(Comparator.comparingLong(form -> form.bits(problem.in(), problem.out())))
        .distinct()
        .toList();
  }

  @Override
  public boolean makes(Form form) {
    return parts.stream().anyMatch(part -> part.makes(form));
  }

  @Override
  public double operations(long in, long out, Form form) {
    return maker(form).operations(in, out, form);
  }

  @Override
  public List<ExpectedError> expect(LayerProblem problem) throws FailureException {
    List<ExpectedError> all = new ArrayList<>();
    for (CompressionMethod part : parts) {
      all.addAll(part.expect(problem));
    }
    return all;
  }

  @Override
  public CompressionMethod maker(String name) {
    return parts.stream()
        .filter(part -> part.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the mix has no offers of " + name));
  }

  @Override
  public List<Offer> offers(LayerProblem problem, OfferedRise rise) throws FailureException {
    List<Offer> all = new ArrayList<>();
    for (CompressionMethod part : parts) {
      all.addAll(part.offers(problem, rise));
    }
    return all;
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    return maker(size).factorise(problem, size);
  }

  /** The first of them that makes such forms. */
  private CompressionMethod maker(Form form) {
    return parts.stream()
        .filter(part -> part.makes(form))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the mix does not make " + form.words()));
  }
}
