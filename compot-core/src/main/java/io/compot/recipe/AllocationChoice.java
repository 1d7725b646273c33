package io.compot.recipe;

import io.compot.allocation.BudgetAllocator;
import io.compot.allocation.GuardedAllocator;
import io.compot.allocation.KnapsackAllocator;
import io.compot.allocation.PooledAllocator;
import io.compot.allocation.PoolingScope;
import io.compot.allocation.SensitivityAllocator;
import io.compot.allocation.SvdLlmV2Allocator;
import io.compot.allocation.UniformAllocator;
import io.compot.allocation.WhitenedErrorAllocator;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.ProfileFact;
import io.compot.error.UsageException;
import java.util.List;
import java.util.Set;

/** From settings to the allocation they name, and what it has to know. */
public final class AllocationChoice {

  static final List<String> NAMES =
      List.of("auto", "uniform", "pooled", "svd-llm-v2", "knapsack", "whitened", "damage");

  static final List<String> SCOPES = List.of("all", "kind", "shared-input", "none");

  private static final double ALMOST_ALL = 0.999;

  private AllocationChoice() {}

  /**
   * The allocation, with its settings.
   *
   * @throws UsageException naming the setting that is unknown
   */
  public static BudgetAllocator of(CompressionSettings settings) throws UsageException {
    double least = settings.minRatio();
    double most = settings.maxRatio().orElse(1);
    MethodChoice.require(least >= 0 && least < 1, "min-ratio", least, "from 0 to below 1");
    MethodChoice.require(most > 0 && most <= 1, "max-ratio", most, "above 0 and at most 1");
    MethodChoice.require(
        least <= most, "min-ratio", least, "at most the max-ratio, " + settings.maxRatio());
    BudgetAllocator allocator = unguarded(settings);
    return least == 0 && most == 1 ? allocator : new GuardedAllocator(allocator, least, most);
  }

  private static BudgetAllocator unguarded(CompressionSettings settings) throws UsageException {
    PoolingScope scope =
        switch (settings.scope()) {
          case "all" -> PoolingScope.ALL;
          case "kind" -> PoolingScope.KIND;
          case "shared-input" -> PoolingScope.SHARED_INPUT;
          case "none" -> PoolingScope.NONE;
          default ->
              throw new UsageException(
                  "scope %s is unknown; choose all, kind, shared-input or none"
                      .formatted(settings.scope()));
        };
    boolean plus = settings.method().equals("compot+");
    return switch (settings.allocation()) {
      case "auto" ->
          switch (settings.method()) {
            case "compot+" -> new SensitivityAllocator(ErrorMeasure.LOSS_RISE);
            case "compot+lite" -> new WhitenedErrorAllocator();
            default -> new UniformAllocator();
          };
      case "damage" -> {
        if (!plus) {
          throw new UsageException(
              "allocation damage needs the backward pass of method compot+; choose that, or another allocation");
        }
        yield new SensitivityAllocator(ErrorMeasure.LOSS_RISE);
      }
      case "uniform" -> new UniformAllocator();
      case "pooled" -> new PooledAllocator(pooled(settings).withScope(scope));
      case "svd-llm-v2" -> new SvdLlmV2Allocator(1, most(settings));
      case "knapsack" -> new KnapsackAllocator();
      case "whitened" -> new WhitenedErrorAllocator();
      default ->
          throw new UsageException(
              "allocation %s is unknown; choose one of %s"
                  .formatted(settings.allocation(), String.join(", ", NAMES)));
    };
  }

  private static PooledAllocator.Settings pooled(CompressionSettings settings) {
    var defaults = PooledAllocator.Settings.defaults();
    double least = settings.minRatio();
    // A guard from below stands in for skipping what would hardly get smaller.
    double denseBelow = least > 0 ? 0 : Math.min(defaults.denseBelow(), most(settings) / 2);
    return defaults.withGuards(Math.min(least, most(settings)), most(settings), denseBelow);
  }

  /** What the allocations with a guard of their own take for 1. */
  private static double most(CompressionSettings settings) {
    double most = settings.maxRatio().orElse(PooledAllocator.Settings.defaults().most());
    return Math.max(settings.minRatio(), Math.min(most, ALMOST_ALL));
  }

  /**
   * Whether the weights alone do not tell what the allocation has to know.
   *
   * @param methodsNeedIt whether any method to be used does
   */
  public static boolean needsGram(BudgetAllocator allocator, boolean methodsNeedIt) {
    Set<ProfileFact> needs = allocator.needs();
    return needs.contains(ProfileFact.WHITENED_SPECTRUM)
        || needs.contains(ProfileFact.WHITENED_ERROR)
        || needs.contains(ProfileFact.LOSS_RISE)
        || (needs.contains(ProfileFact.WEIGHT_ERROR) && methodsNeedIt);
  }
}
