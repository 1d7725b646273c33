package io.compot.allocation;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ProfileFact;
import io.compot.error.UsageException;
import io.compot.setting.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Dobi-SVD's ranks (arXiv 2502.02723): trained together on the loss of the whole model, towards the
 * budget. Training is done elsewhere and ends near the budget; here its ratios become sizes that
 * meet it.
 */
public record DobiSvdAllocator() implements BudgetAllocator {

  /** What may be said of it. */
  public static final Schema<SimpleAllocation> SCHEMA =
      SimpleAllocation.schema(
          new DobiSvdAllocator(), "ranks trained on the loss of the whole model");

  /** Each that can shrink takes part, so that what guards keep of one can go of another. */
  private static final double LEAST = 0.01;

  @Override
  public String name() {
    return "dobi-svd";
  }

  @Override
  public Set<ProfileFact> needs() {
    return Set.of(ProfileFact.TRAINED_RATIO);
  }

  @Override
  public Allocation allocate(List<ProjectionProfile> profiles, long budget) throws UsageException {
    double[] ratios = new double[profiles.size()];
    for (int i = 0; i < ratios.length; i++) {
      ProjectionProfile profile = profiles.get(i);
      double trained =
          profile
              .trainedRatio()
              .orElseThrow(
                  () -> new IllegalArgumentException(profile.name() + " lacks a trained ratio"));
      ratios[i] = profile.smallest().isDense() ? 0 : Math.max(trained, LEAST);
    }
    List<CompressionOption> options = new RatioFit(name(), profiles, budget, ratios, 0, 1).fit();
    List<Allocation.Decision> decisions = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      ProjectionProfile profile = profiles.get(i);
      String why = "training took %.4f of its bits".formatted(profile.trainedRatio().getAsDouble());
      decisions.add(
          new Allocation.Decision(profile.name(), options.get(i), profile.denseBits(), why));
    }
    return new Allocation(name(), budget, decisions, List.of());
  }
}
