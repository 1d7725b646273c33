package io.compot.pipeline;

import io.compot.allocation.BudgetAllocator;
import io.compot.allocation.ErrorMeasure;
import io.compot.allocation.KnapsackAllocator;
import io.compot.allocation.PooledAllocator;
import io.compot.allocation.PoolingScope;
import io.compot.allocation.ProfileFact;
import io.compot.allocation.SensitivityAllocator;
import io.compot.allocation.SvdLlmV2Allocator;
import io.compot.allocation.UniformAllocator;
import io.compot.error.UsageException;
import java.util.List;
import java.util.Set;

/** From settings to the allocation they name, and what it has to know. */
final class AllocationChoice {

  static final List<String> NAMES =
      List.of("auto", "uniform", "pooled", "svd-llm-v2", "knapsack", "damage");

  static final List<String> SCOPES = List.of("all", "kind", "shared-input", "none");

  private AllocationChoice() {}

  /**
   * The allocation, with its settings.
   *
   * @throws UsageException naming the setting that is unknown
   */
  static BudgetAllocator of(CompressionSettings settings) throws UsageException {
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
          plus ? new SensitivityAllocator(ErrorMeasure.LOSS_RISE) : new UniformAllocator();
      case "damage" -> {
        if (!plus) {
          throw new UsageException(
              "allocation damage needs the backward pass of method compot+; choose that, or another allocation");
        }
        yield new SensitivityAllocator(ErrorMeasure.LOSS_RISE);
      }
      case "uniform" -> new UniformAllocator();
      case "pooled" -> new PooledAllocator(PooledAllocator.Settings.defaults().withScope(scope));
      case "svd-llm-v2" -> new SvdLlmV2Allocator();
      case "knapsack" -> new KnapsackAllocator();
      default ->
          throw new UsageException(
              "allocation %s is unknown; choose one of %s"
                  .formatted(settings.allocation(), String.join(", ", NAMES)));
    };
  }

  /**
   * Whether the weights alone do not tell what the allocation has to know.
   *
   * @param methodsNeedIt whether any method to be used does
   */
  static boolean needsGram(BudgetAllocator allocator, boolean methodsNeedIt) {
    Set<ProfileFact> needs = allocator.needs();
    return needs.contains(ProfileFact.WHITENED_SPECTRUM)
        || needs.contains(ProfileFact.WHITENED_ERROR)
        || needs.contains(ProfileFact.LOSS_RISE)
        || (needs.contains(ProfileFact.WEIGHT_ERROR) && methodsNeedIt);
  }
}
