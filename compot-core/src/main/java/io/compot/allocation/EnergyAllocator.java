package io.compot.allocation;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ProfileFact;
import io.compot.allocation.option.Spectrum;
import io.compot.error.UsageException;
import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;

/**
 * The same part of its energy Σσᵢ² for every projection: each keeps as many singular values as that
 * takes, which is how ranks of truncated decompositions are chosen by a threshold. The part is the
 * one at which the ranks' two factors, r(in + out) numbers each, meet the budget; ratios then
 * follow from ranks for any method.
 *
 * @param spectrum of the whitened weights, or of the weights as they are
 */
public record EnergyAllocator(ProfileFact spectrum) implements BudgetAllocator {

  private static final int BISECTIONS = 60;

  /** No projection loses more, as in {@link PooledAllocator}. */
  private static final double MOST = 0.9;

  /** Each that can shrink takes part, so that what guards keep of one can go of another. */
  private static final double LEAST = 0.01;

  /** What may be said of it. */
  public static final Schema<Choice> SCHEMA =
      new Schema<>(
          "energy",
          "the same part of the squared singular values for all",
          new Choice(Weights.WHITENED, Guards.none()),
          Choice.all());

  /** Whose singular values. */
  public enum Weights {
    /** Of whitened weights. */
    WHITENED(ProfileFact.WHITENED_SPECTRUM),
    /** Of the weights as they are; needs no calibration text. */
    RAW(ProfileFact.WEIGHT_SPECTRUM);

    private final ProfileFact fact;

    Weights(ProfileFact fact) {
      this.fact = fact;
    }
  }

  /**
   * Its settings as they are chosen.
   *
   * @param spectrum whose singular values
   */
  public record Choice(Weights spectrum, Guards guards) implements AllocationSettings {

    private static List<Setting<Choice, ?>> all() {
      List<Setting<Choice, ?>> all = new ArrayList<>();
      all.add(
          new Setting<>(
              "spectrum",
              new Kind.Choice<>(Weights.class),
              "Singular values of whitened weights, or of the raw ones.",
              Choice::spectrum,
              (owner, value) -> new Choice(value, owner.guards)));
      all.addAll(
          Guards.settings(Choice::guards, (owner, guards) -> new Choice(owner.spectrum, guards)));
      return all;
    }

    @Override
    public String name() {
      return SCHEMA.name();
    }

    @Override
    public BudgetAllocator allocator() {
      return guards.around(new EnergyAllocator(spectrum.fact));
    }

    @Override
    public SequencedMap<String, Object> settings() {
      return SCHEMA.plain(this);
    }
  }

  @Override
  public String name() {
    return SCHEMA.name();
  }

  @Override
  public Set<ProfileFact> needs() {
    return Set.of(spectrum);
  }

  @Override
  public long fewestBits(List<ProjectionProfile> profiles) {
    return RatioFit.fewestBits(profiles, MOST);
  }

  @Override
  public Allocation allocate(List<ProjectionProfile> profiles, long budget) throws UsageException {
    double low = 0;
    double high = 1;
    for (int i = 0; i < BISECTIONS; i++) {
      double middle = (low + high) / 2;
      if (bits(profiles, ratios(profiles, middle)) <= budget) {
        low = middle;
      } else {
        high = middle;
      }
    }
    double[] ratios = ratios(profiles, low);
    List<CompressionOption> options = new RatioFit(name(), profiles, budget, ratios, 0, MOST).fit();
    List<Allocation.Decision> decisions = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      ProjectionProfile profile = profiles.get(i);
      Spectrum values = spectrum(profile);
      String why =
          "%d of %d singular values hold %.2f %% of its energy"
              .formatted(rank(values, low), values.size(), 100 * low);
      decisions.add(
          new Allocation.Decision(profile.name(), options.get(i), profile.denseBits(), why));
    }
    return new Allocation(
        name(), budget, decisions, List.of("%.4f of the energy kept".formatted(low)));
  }

  private double[] ratios(List<ProjectionProfile> profiles, double part) {
    double[] ratios = new double[profiles.size()];
    for (int i = 0; i < ratios.length; i++) {
      ProjectionProfile profile = profiles.get(i);
      double kept =
          RankCost.lowRank().fraction(profile.in(), profile.out(), rank(spectrum(profile), part));
      boolean fixed = profile.smallest().isDense();
      ratios[i] = fixed ? 0 : Math.clamp(1 - kept, LEAST, MOST);
    }
    return ratios;
  }

  /** How many of the largest values hold a part of the energy, at least one. */
  private static int rank(Spectrum values, double part) {
    double norm = values.norm();
    int low = 1;
    int high = values.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      double lost = norm == 0 ? 0 : values.tail(middle) / norm;
      if (1 - lost * lost >= part) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private static double bits(List<ProjectionProfile> profiles, double[] ratios) {
    double bits = 0;
    for (int i = 0; i < ratios.length; i++) {
      bits += (1 - ratios[i]) * profiles.get(i).denseBits();
    }
    return bits;
  }

  private Spectrum spectrum(ProjectionProfile profile) {
    return (spectrum == ProfileFact.WEIGHT_SPECTRUM
            ? profile.weightSpectrum()
            : profile.whitenedSpectrum())
        .orElseThrow(() -> new IllegalArgumentException(profile.name() + " lacks " + spectrum));
  }
}
