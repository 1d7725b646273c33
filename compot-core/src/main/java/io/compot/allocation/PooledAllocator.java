package io.compot.allocation;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ProfileFact;
import io.compot.error.UsageException;
import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * COMPOT's one-shot allocation: the singular values of every raw weight, divided by its Frobenius
 * norm, go into a pool; the smallest go until the pool's budget is met; what is left of a matrix
 * gives its ratio. A projection without a saving option stays dense.
 *
 * <p>The paper leaves open what {@link Settings} names; the defaults are ours. Squaring the values
 * would not change their order, so it is no setting.
 *
 * @param settings what the paper leaves open
 */
public record PooledAllocator(Settings settings) implements BudgetAllocator {

  /** What may be said of it. */
  public static final Schema<Choice> SCHEMA =
      new Schema<>(
          "pooled",
          "the smallest singular values of all weights go first (COMPOT)",
          new Choice(PoolingScope.ALL, Guards.none()),
          Choice.all());

  /**
   * Its settings as they are chosen.
   *
   * @param scope which projections share a pool
   */
  public record Choice(PoolingScope scope, Guards guards) implements AllocationSettings {

    private static List<Setting<Choice, ?>> all() {
      List<Setting<Choice, ?>> all = new ArrayList<>();
      all.add(
          new Setting<>(
              "scope",
              new Kind.Choice<>(PoolingScope.class),
              "Projections that share a pool: all, kind (all q_proj, all k_proj, ...), shared-input"
                  + " (q, k, v of a block; its gate and up) or none.",
              Choice::scope,
              (owner, value) -> new Choice(value, owner.guards)));
      all.addAll(
          Guards.settings(Choice::guards, (owner, guards) -> new Choice(owner.scope, guards)));
      return all;
    }

    @Override
    public String name() {
      return SCHEMA.name();
    }

    @Override
    public BudgetAllocator allocator() {
      Settings defaults = Settings.defaults();
      double most = guards.mostOr(defaults.most());
      // A guard from below stands in for skipping what would hardly get smaller.
      double denseBelow = guards.least() > 0 ? 0 : Math.min(defaults.denseBelow(), most / 2);
      Settings settings =
          defaults.withGuards(Math.min(guards.least(), most), most, denseBelow).withScope(scope);
      return guards.around(new PooledAllocator(settings));
    }

    @Override
    public SequencedMap<String, Object> settings() {
      return SCHEMA.plain(this);
    }
  }

  /**
   * How to trim.
   *
   * @param scope which projections share a pool
   * @param least guard: a computed ratio below it is raised to it; 0 for none
   * @param most guard: no higher ratio, in (0, 1)
   * @param denseBelow a computed ratio below it leaves the matrix dense; with a value above {@code
   *     least} that guard never clips
   * @param spectrum {@link ProfileFact#WEIGHT_SPECTRUM} as in the paper, or {@link
   *     ProfileFact#WHITENED_SPECTRUM}
   * @param perParameter order by σ²/(in + out) instead of σ, the energy that a number of storage
   *     keeps
   * @param cost what r kept values count as
   */
  public record Settings(
      PoolingScope scope,
      double least,
      double most,
      double denseBelow,
      ProfileFact spectrum,
      boolean perParameter,
      RankCost cost) {

    public Settings {
      boolean guards = least >= 0 && least <= most && most > 0 && most < 1;
      if (!guards || !(denseBelow >= 0 && denseBelow < most)) {
        throw new IllegalArgumentException(
            "guards: least ratio %s, most %s, dense below %s".formatted(least, most, denseBelow));
      }
      if (spectrum != ProfileFact.WEIGHT_SPECTRUM && spectrum != ProfileFact.WHITENED_SPECTRUM) {
        throw new IllegalArgumentException(spectrum + " is no spectrum");
      }
    }

    /** All in one pool, ratios up to 0.9, dense below 0.02, singular values at SVD's cost. */
    public static Settings defaults() {
      return new Settings(
          PoolingScope.ALL, 0, 0.9, 0.02, ProfileFact.WEIGHT_SPECTRUM, false, RankCost.lowRank());
    }

    /** The defaults with another scope. */
    public Settings withScope(PoolingScope other) {
      return new Settings(other, least, most, denseBelow, spectrum, perParameter, cost);
    }

    /** The defaults with other guards. */
    public Settings withGuards(double fewest, double highest, double dense) {
      return new Settings(scope, fewest, highest, dense, spectrum, perParameter, cost);
    }
  }

  /** With the default settings. */
  public PooledAllocator() {
    this(Settings.defaults());
  }

  @Override
  public String name() {
    return "pooled";
  }

  @Override
  public Set<ProfileFact> needs() {
    return Set.of(settings.spectrum());
  }

  @Override
  public long fewestBits(List<ProjectionProfile> profiles) {
    return RatioFit.fewestBits(profiles, settings.most());
  }

  @Override
  public Allocation allocate(List<ProjectionProfile> profiles, long budget) throws UsageException {
    double keep = budget / (double) ReachableRatios.denseBits(profiles);
    Map<String, List<Integer>> pools = new LinkedHashMap<>();
    for (int i = 0; i < profiles.size(); i++) {
      pools.computeIfAbsent(settings.scope().key(profiles.get(i)), _ -> new ArrayList<>()).add(i);
    }
    double[] ratios = new double[profiles.size()];
    int[] ranks = new int[profiles.size()];
    List<String> notes = new ArrayList<>();
    pools.forEach((key, members) -> {
      List<ProjectionProfile> pool = members.stream().map(profiles::get).toList();
      SpectrumPool trimmed = new SpectrumPool(settings, pool, keep);
      for (int j = 0; j < members.size(); j++) {
        ratios[members.get(j)] = trimmed.ratio(j);
        ranks[members.get(j)] = trimmed.rank(j);
      }
      if (settings.scope() == PoolingScope.ALL) {
        notes.add("threshold %.4g".formatted(trimmed.threshold()));
      }
    });
    List<CompressionOption> options =
        new RatioFit(name(), profiles, budget, ratios, settings.least(), settings.most()).fit();
    List<Allocation.Decision> decisions = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      ProjectionProfile profile = profiles.get(i);
      String why =
          "%d of %d singular values kept, ratio %.4f"
              .formatted(ranks[i], SpectrumPool.spectrum(settings, profile).size(), ratios[i]);
      decisions.add(
          new Allocation.Decision(profile.name(), options.get(i), profile.denseBits(), why));
    }
    return new Allocation(name(), budget, decisions, notes);
  }
}
