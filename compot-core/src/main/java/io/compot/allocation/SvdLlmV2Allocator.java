package io.compot.allocation;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ProfileFact;
import io.compot.allocation.option.Spectrum;
import io.compot.error.UsageException;
import io.compot.form.LowRankForm;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * SVD-LLM V2's ratios (Alg. 1): among all projections of one kind, R_w = Len · R · l_w / Σ l with
 * l_w = 1 / log L_w. L_w is the norm of what truncation at the ratio R, the one asked for, loses of
 * the whitened weight; a projection that loses more gets a smaller ratio.
 *
 * <p>What the paper leaves open or gets into trouble with:
 *
 * <ul>
 *   <li>L_w has the units of the calibration: more tokens, larger L_w, smaller differences of the
 *       logarithms. {@code lossScale} multiplies it; 1 with a Gram matrix summed over tokens is the
 *       paper's.
 *   <li>1/log L_w is huge, infinite or negative for L_w near or below 1. Where a kind's smallest
 *       L_w is below e, all of that kind are scaled until it is e, so that l_w ≤ 1; a note says so.
 *   <li>L_w = 0 (rank within the truncation) counts as 10⁻⁶ of the kind's largest; where all are 0,
 *       all get R.
 *   <li>Ratios stop at {@code most}; what a capped one cannot give, others of its kind do.
 *   <li>Ratios are weighted by the matrices' bits, so that the kind's total meets R for different
 *       shapes too. For equal shapes this is the paper's formula.
 * </ul>
 *
 * @param lossScale factor on every L_w, above 0
 * @param most highest ratio of one projection, in (0, 1)
 */
public record SvdLlmV2Allocator(double lossScale, double most) implements BudgetAllocator {

  /** What may be said of it. */
  public static final Schema<Settings> SCHEMA =
      new Schema<>(
          "svd-llm-v2",
          "by the loss of truncation, among projections of one kind",
          new Settings(Guards.none()),
          Settings.ALL);

  /** Its settings: guards, of which it keeps the upper one itself. */
  public record Settings(Guards guards) implements AllocationSettings {

    private static final List<Setting<Settings, ?>> ALL =
        Guards.settings(Settings::guards, (_, guards) -> new Settings(guards));

    @Override
    public String name() {
      return SCHEMA.name();
    }

    @Override
    public BudgetAllocator allocator() {
      return guards.around(new SvdLlmV2Allocator(1, guards.mostOr(USUAL_MOST)));
    }

    @Override
    public SequencedMap<String, Object> settings() {
      return SCHEMA.plain(this);
    }
  }

  private static final double USUAL_MOST = 0.9;

  private static final double NEGLIGIBLE = 1e-6;

  public SvdLlmV2Allocator {
    if (!(lossScale > 0) || !Double.isFinite(lossScale) || !(most > 0 && most < 1)) {
      throw new IllegalArgumentException("loss scale %s, most %s".formatted(lossScale, most));
    }
  }

  /** Losses as they are, ratios up to 0.9. */
  public SvdLlmV2Allocator() {
    this(1, USUAL_MOST);
  }

  @Override
  public String name() {
    return "svd-llm-v2";
  }

  @Override
  public Set<ProfileFact> needs() {
    return Set.of(ProfileFact.WHITENED_SPECTRUM);
  }

  @Override
  public Allocation allocate(List<ProjectionProfile> profiles, long budget) throws UsageException {
    double ratio = 1 - budget / (double) ReachableRatios.denseBits(profiles);
    double[] losses = new double[profiles.size()];
    Map<String, List<Integer>> kinds = new LinkedHashMap<>();
    for (int i = 0; i < losses.length; i++) {
      losses[i] = lossScale * loss(profiles.get(i), ratio);
      kinds.computeIfAbsent(profiles.get(i).kind(), _ -> new ArrayList<>()).add(i);
    }
    double[] ratios = new double[losses.length];
    List<String> notes = new ArrayList<>();
    if (ratio > 0) {
      kinds.forEach(
          (kind, members) -> split(kind, members, losses, profiles, ratio, ratios, notes));
    }
    List<CompressionOption> options = new RatioFit(name(), profiles, budget, ratios, 0, most).fit();
    List<Allocation.Decision> decisions = new ArrayList<>();
    for (int i = 0; i < ratios.length; i++) {
      String why = "loss %.4g, ratio %.4f".formatted(losses[i], ratios[i]);
      decisions.add(
          new Allocation.Decision(
              profiles.get(i).name(), options.get(i), profiles.get(i).denseBits(), why));
    }
    return new Allocation(name(), budget, decisions, notes);
  }

  private static double loss(ProjectionProfile profile, double ratio) {
    Spectrum spectrum =
        profile
            .whitenedSpectrum()
            .orElseThrow(
                () -> new IllegalArgumentException(profile.name() + " has no whitened spectrum"));
    long rank = LowRankForm.rank(profile.in(), profile.out(), ratio);
    return spectrum.tail((int) Math.min(rank, spectrum.size()));
  }

  private void split(
      String kind,
      List<Integer> members,
      double[] losses,
      List<ProjectionProfile> profiles,
      double ratio,
      double[] ratios,
      List<String> notes) {
    double[] shares = shares(kind, members.stream().mapToDouble(i -> losses[i]).toArray(), notes);
    double[] bits = members.stream().mapToDouble(i -> profiles.get(i).denseBits()).toArray();
    double[] split = split(shares, bits, ratio);
    for (int j = 0; j < split.length; j++) {
      ratios[members.get(j)] = split[j];
    }
  }

  /** l_w of one kind, in (0, 1]. */
  private static double[] shares(String kind, double[] losses, List<String> notes) {
    double largest = 0;
    for (double loss : losses) {
      largest = Math.max(largest, loss);
    }
    double[] logs = new double[losses.length];
    if (largest == 0) {
      Arrays.fill(logs, 1);
      notes.add(kind + ": no loss at all; all get the same ratio");
      return logs;
    }
    double least = Double.POSITIVE_INFINITY;
    for (int j = 0; j < logs.length; j++) {
      logs[j] = Math.log(Math.max(losses[j], NEGLIGIBLE * largest));
      least = Math.min(least, logs[j]);
    }
    double shift = Math.max(0, 1 - least);
    if (shift > 0) {
      notes.add(
          "%s: losses scaled by %.4g, so that the smallest is e".formatted(kind, Math.exp(shift)));
    }
    double[] shares = new double[logs.length];
    for (int j = 0; j < shares.length; j++) {
      shares[j] = 1 / (logs[j] + shift);
    }
    return shares;
  }

  /** Ratios in proportion to the shares, at most {@code most}, that average to {@code ratio}. */
  private double[] split(double[] shares, double[] bits, double ratio) {
    boolean[] capped = new boolean[shares.length];
    double[] ratios = new double[shares.length];
    boolean again = true;
    while (again) {
      double wanted = 0;
      double weight = 0;
      for (int j = 0; j < shares.length; j++) {
        wanted += bits[j] * (capped[j] ? ratio - most : ratio);
        weight += capped[j] ? 0 : bits[j] * shares[j];
      }
      again = false;
      for (int j = 0; j < shares.length; j++) {
        ratios[j] = capped[j] ? most : wanted / weight * shares[j];
        if (ratios[j] > most) {
          capped[j] = true;
          again = true;
        }
      }
    }
    return ratios;
  }
}
