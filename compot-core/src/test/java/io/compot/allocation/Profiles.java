package io.compot.allocation;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.OptionList;
import io.compot.allocation.option.OptionSource;
import io.compot.allocation.option.RatioOptions;
import io.compot.allocation.option.Spectrum;
import io.compot.form.LowRankForm;
import io.compot.form.SparseForm;
import io.compot.method.ErrorCurve;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Profiles for tests: shapes of a Llama, spectra that fall at different speeds. */
public final class Profiles {

  private Profiles() {}

  /** A source with an option for every number of bits below the dense ones. */
  public record Continuous(long dense) implements OptionSource {

    @Override
    public List<CompressionOption> options() {
      return List.of();
    }

    @Override
    public Optional<CompressionOption> within(long bits) {
      return bits < 1 ? Optional.empty() : Optional.of(option("any", Math.min(bits, dense - 1)));
    }
  }

  /** Passes on another source's options and remembers them. */
  record Recorded(OptionSource source, Set<CompressionOption> given) implements OptionSource {

    Recorded(OptionSource source) {
      this(source, new HashSet<>());
    }

    @Override
    public List<CompressionOption> options() {
      given.addAll(source.options());
      return source.options();
    }

    @Override
    public Optional<CompressionOption> within(long bits) {
      source.within(bits).ifPresent(given::add);
      return source.within(bits);
    }
  }

  public static CompressionOption option(String label, long bits) {
    return new CompressionOption(label, Optional.empty(), bits, Map.of());
  }

  /** An option with the same number for every measure. */
  public static CompressionOption option(String label, long bits, double error) {
    Map<ErrorMeasure, Double> errors = new EnumMap<>(ErrorMeasure.class);
    for (ErrorMeasure measure : ErrorMeasure.values()) {
      errors.put(measure, error);
    }
    return new CompressionOption(label, Optional.empty(), bits, errors);
  }

  public static ProjectionProfile listed(String name, long dense, CompressionOption... options) {
    return ProjectionProfile.of(
        name, 4, 4, 0, dense, OptionList.rankedBy(ErrorMeasure.WHITENED, List.of(options)));
  }

  /** All facts of the seven projections of each block, COMPOT sizes at k/s = 2, 16 bits. */
  public static List<ProjectionProfile> llama(
      int blocks, long hidden, long inner, long keys, long seed) {
    Random random = new Random(seed);
    List<ProjectionProfile> profiles = new ArrayList<>();
    for (int block = 0; block < blocks; block++) {
      String at = "model.layers." + block;
      profiles.add(projection(at + ".self_attn.q_proj", hidden, hidden, block, random));
      profiles.add(projection(at + ".self_attn.k_proj", hidden, keys, block, random));
      profiles.add(projection(at + ".self_attn.v_proj", hidden, keys, block, random));
      profiles.add(projection(at + ".self_attn.o_proj", hidden, hidden, block, random));
      profiles.add(projection(at + ".mlp.gate_proj", hidden, inner, block, random));
      profiles.add(projection(at + ".mlp.up_proj", hidden, inner, block, random));
      profiles.add(projection(at + ".mlp.down_proj", inner, hidden, block, random));
    }
    return profiles;
  }

  public static ProjectionProfile projection(
      String name, long in, long out, int depth, Random random) {
    double decay = 0.2 + random.nextDouble();
    double scale = 100 * (1 + 9 * random.nextDouble());
    double[] values = new double[(int) Math.min(in, out)];
    for (int i = 0; i < values.length; i++) {
      values[i] = scale * Math.pow(i + 1, -decay) * (0.9 + 0.2 * random.nextDouble());
    }
    Spectrum spectrum = Spectrum.of(values);
    Map<ErrorMeasure, ErrorCurve> curves = new EnumMap<>(ErrorMeasure.class);
    for (ErrorMeasure measure : ErrorMeasure.values()) {
      curves.put(measure, curve(in, out, spectrum, 0.5 + random.nextDouble()));
    }
    return ProjectionProfile.of(name, in, out, depth, in * out * 16, sparse(in, out, curves))
        .at(kind(name), input(name))
        .withWeightSpectrum(spectrum)
        .withWhitenedSpectrum(spectrum)
        .withTrainedRatio(decay / 1.3);
  }

  public static RatioOptions sparse(long in, long out, Map<ErrorMeasure, ErrorCurve> curves) {
    return new RatioOptions(
        "compot", in, out, 16, ratio -> SparseForm.within(in, out, Dtype.F16, ratio, 2), curves);
  }

  /** The same projections with a finite list of low-rank options at ratios 0.02, 0.04, … 0.98. */
  public static List<ProjectionProfile> finite(List<ProjectionProfile> profiles) {
    return profiles.stream().map(Profiles::finite).toList();
  }

  private static ProjectionProfile finite(ProjectionProfile profile) {
    Spectrum spectrum = profile.weightSpectrum().orElseThrow();
    List<CompressionOption> options = new ArrayList<>();
    for (int step = 1; step < 50; step++) {
      LowRankForm.within(profile.in(), profile.out(), Dtype.F16, 0.02 * step)
          .ifPresent(size ->
              options.add(
                  option(
                      "svd " + size.rank(),
                      size.bits(profile.in(), profile.out()),
                      spectrum.tail((int) size.rank()) / spectrum.norm())));
    }
    return withSource(profile, OptionList.rankedBy(ErrorMeasure.WHITENED, options));
  }

  /** As the family of these names says it. */
  static String kind(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static String input(String name) {
    return name.replaceAll("\\.[kv]_proj$", ".q_proj").replace(".up_proj", ".gate_proj");
  }

  public static ProjectionProfile withSource(ProjectionProfile profile, OptionSource source) {
    return new ProjectionProfile(
        profile.name(),
        profile.kind(),
        profile.input(),
        profile.in(),
        profile.out(),
        profile.depth(),
        profile.denseBits(),
        source,
        profile.whole(),
        profile.weightSpectrum(),
        profile.whitenedSpectrum(),
        profile.trainedRatio());
  }

  private static ErrorCurve curve(long in, long out, Spectrum spectrum, double factor) {
    Map<Long, Double> points = new TreeMap<>();
    for (int step = 1; step < 20; step++) {
      long bits = in * out * 16 * step / 20;
      int rank = (int) (spectrum.size() * 0.7 * step / 20);
      points.put(bits, Math.min(1, factor * spectrum.tail(rank) / spectrum.norm()));
    }
    return new ErrorCurve(points);
  }
}
