package io.compot.allocation;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.ProfileFact;
import io.compot.error.UsageException;
import io.compot.setting.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * ROCKET's allocation (§3.1): the least sum of errors under the budget, one option a projection,
 * none with an error above α·e_ref. e_ref is the mean error where all projections have the ratio
 * asked for, α the smallest of 1, 1 + step, 1 + 2·step, … that leaves a way to meet the budget.
 * Unlike in the published code, the dense weight is a true option, and the mask is in the bits.
 *
 * @param measure of the errors; the paper's is {@link ErrorMeasure#WEIGHT}
 * @param capped whether the cap holds
 * @param alphaStep at least 0; with 0, α is the very least, at which the largest error is as small
 *     as it can be and little freedom is left
 * @param exact whether to solve exactly, as far as memory allows, or by a Lagrange multiplier
 */
public record KnapsackAllocator(
    ErrorMeasure measure, boolean capped, double alphaStep, boolean exact)
    implements BudgetAllocator {

  /** What may be said of it. */
  public static final Schema<SimpleAllocation> SCHEMA =
      SimpleAllocation.schema(new KnapsackAllocator(), "least sum of expected errors (ROCKET)");

  public KnapsackAllocator {
    if (!(alphaStep >= 0) || !Double.isFinite(alphaStep)) {
      throw new IllegalArgumentException("alpha step " + alphaStep);
    }
  }

  /** The paper's: error of the weights, capped, α in steps of 0.1, exact. */
  public KnapsackAllocator() {
    this(ErrorMeasure.WEIGHT, true, 0.1, true);
  }

  @Override
  public String name() {
    return "knapsack";
  }

  @Override
  public Set<ProfileFact> needs() {
    return Set.of(measure.fact());
  }

  @Override
  public Allocation allocate(List<ProjectionProfile> profiles, long budget) throws UsageException {
    CheapestOptions.Cost cost = (i, option) -> option.error(measure);
    var problem = new CheapestOptions(name(), profiles, budget, cost, option -> true);
    List<String> notes = new ArrayList<>();
    if (capped) {
      double reference = reference(profiles, budget);
      double feasible = smallestFeasibleCap(profiles, budget);
      double alpha = alpha(reference, feasible);
      double cap = Math.max(alpha * reference, feasible);
      notes.add("no error above %.4g (alpha %.4g)".formatted(cap, alpha));
      problem =
          new CheapestOptions(
              name(), profiles, budget, cost, option -> option.error(measure) <= cap);
    }
    List<CompressionOption> options = problem.choose(exact, false);
    notes.addAll(problem.notes());
    List<Allocation.Decision> decisions = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      CompressionOption option = options.get(i);
      decisions.add(
          new Allocation.Decision(
              profiles.get(i).name(),
              option,
              profiles.get(i).denseBits(),
              "expected error %.4g".formatted(option.error(measure))));
    }
    return new Allocation(name(), budget, decisions, notes);
  }

  private double alpha(double reference, double feasible) {
    if (feasible <= reference || reference == 0) {
      return 1;
    }
    double alpha = feasible / reference;
    return alphaStep == 0 ? alpha : 1 + Math.ceil((alpha - 1) / alphaStep - 1e-9) * alphaStep;
  }

  private double reference(List<ProjectionProfile> profiles, long budget) throws UsageException {
    double keep = budget / (double) ReachableRatios.denseBits(profiles);
    return profiles.stream()
        .mapToDouble(profile ->
            profile
                .within((long) Math.floor(keep * profile.denseBits()))
                .orElseGet(profile::smallest)
                .error(measure))
        .average()
        .orElseThrow();
  }

  /** The smallest error that, as a cap, lets the fewest allowed bits fit the budget. */
  private double smallestFeasibleCap(List<ProjectionProfile> profiles, long budget) {
    List<List<CompressionOption>> all =
        profiles.stream().map(ProjectionProfile::candidates).toList();
    double[] caps =
        all.stream()
            .flatMap(List::stream)
            .mapToDouble(option -> option.error(measure))
            .distinct()
            .sorted()
            .toArray();
    int low = 0;
    int high = caps.length - 1;
    while (low < high) {
      int middle = (low + high) / 2;
      if (fewestBits(all, caps[middle]) <= budget) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return caps[low];
  }

  /** The fewest bits under a cap; more than any budget where it leaves a projection nothing. */
  private long fewestBits(List<List<CompressionOption>> all, double cap) {
    long sum = 0;
    for (List<CompressionOption> options : all) {
      var fewest =
          options.stream()
              .filter(option -> option.error(measure) <= cap)
              .mapToLong(CompressionOption::bits)
              .min();
      if (fewest.isEmpty()) {
        return Long.MAX_VALUE;
      }
      sum += fewest.getAsLong();
    }
    return sum;
  }
}
