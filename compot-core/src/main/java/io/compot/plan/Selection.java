package io.compot.plan;

import io.compot.allocation.Allocation;
import io.compot.allocation.BudgetAllocator;
import io.compot.allocation.ProjectionProfile;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.form.Form;
import io.compot.method.CompressionMethod;
import io.compot.method.Need;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.recipe.Budget;
import io.compot.recipe.CompressionSettings;
import io.compot.recipe.NamePatterns;
import io.compot.recipe.Overrides;
import io.compot.recipe.ProjectionOverride;
import io.compot.safetensors.ShardedWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Every projection of a model's blocks, in checkpoint order, with those that share the budget
 * chosen by the patterns.
 *
 * @param all projections
 * @param modelBits of all tensors of the checkpoint
 * @param sourceBytes of the source's weight files
 * @param budget of the chosen projections without a ratio of their own
 */
public record Selection(List<Candidate> all, long modelBits, long sourceBytes, Budget budget) {

  /**
   * Chooses.
   *
   * @throws UsageException where a pattern matches nothing or nothing is left to compress
   * @throws InputException where a weight is missing
   */
  public static Selection of(
      Architecture architecture, WeightSource weights, CompressionSettings settings)
      throws CompotException {
    var include = new NamePatterns(settings.general().include());
    var exclude = new NamePatterns(settings.general().exclude());
    var overrides = Overrides.of(settings);
    List<Candidate> all = new ArrayList<>();
    for (int block = 0; block < architecture.layers(); block++) {
      for (SharedInput input : architecture.projections(block)) {
        for (Projection projection : input.projections()) {
          String name = projection.name();
          String keptOut = "";
          if (exclude.matches(name)) {
            keptOut = "excluded";
          } else if (!include.isEmpty() && !include.matches(name)) {
            keptOut = "not included";
          }
          ProjectionOverride own = overrides.of(name);
          if (keptOut.isEmpty() && own.skip().orElse(false)) {
            keptOut = "skipped by an override";
          }
          all.add(
              candidate(
                  projection,
                  weights.info(name + ".weight"),
                  keptOut,
                  overrides.method(name, keptOut.isEmpty() ? own : ProjectionOverride.of(name)),
                  own));
        }
      }
    }
    List<String> names = all.stream().map(Candidate::name).toList();
    include.requireUse("include", names);
    exclude.requireUse("exclude", names);
    overrides.requireUse(names);
    if (all.stream().noneMatch(Candidate::chosen)) {
      throw new UsageException("no projection would get smaller; include more, or skip less");
    }
    long whole = 0;
    for (String name : weights.names()) {
      whole += weights.info(name).bytes() * 8;
    }
    List<TensorInfo> tensors = new ArrayList<>();
    for (String name : weights.names()) {
      tensors.add(weights.info(name));
    }
    long source = ShardedWriter.bytes(tensors, settings.general().shardSize());
    var selection = new Selection(List.copyOf(all), whole, source, settings.budget());
    selection.requireSmaller();
    return selection;
  }

  private static Candidate candidate(
      Projection projection,
      TensorInfo info,
      String keptOut,
      CompressionMethod method,
      ProjectionOverride own) {
    // Factors keep the weight's type; nobody needs them in double.
    Dtype usual = info.dtype() == Dtype.F64 ? Dtype.F32 : info.dtype();
    Dtype stored =
        own.dtype().map(name -> Dtype.valueOf(name.toUpperCase(Locale.ROOT))).orElse(usual);
    return new Candidate(
        projection, info.dtype(), stored, info.bytes() * 8, keptOut, method, own.ratio());
  }

  private void requireSmaller() throws UsageException {
    if (!free().isEmpty() && freeBits() >= denseBits()) {
      double stored = denseBits() / (double) freeWeights();
      String asked =
          budget instanceof Budget.BitsAWeight(double bits)
              ? "bits %s: the chosen projections have %.4g a weight".formatted(bits, stored)
              : budget instanceof Budget.FileSize || budget instanceof Budget.FilePart
                  ? "size %,d: the source's weight files have %,d bytes"
                      .formatted(mostFileBytes(), sourceBytes)
                  : "nothing that the method makes is smaller than the %.4g bits a weight there are"
                      .formatted(stored);
      throw new UsageException(asked + "; ask for fewer");
    }
  }

  /** Those that are to become smaller. */
  public List<Candidate> chosen() {
    return all.stream().filter(Candidate::chosen).toList();
  }

  /** Those of them that share the budget, having no ratio of their own. */
  public List<Candidate> free() {
    return all.stream().filter(Candidate::free).toList();
  }

  /** Whether the method of any that is to become smaller needs something. */
  public boolean needs(Need one) {
    return chosen().stream().anyMatch(each -> each.method().needs(one));
  }

  /** The bits that those without a ratio of their own may take, which no allocation exceeds. */
  long freeBits() {
    return switch (budget) {
      case Budget.Removed(double ratio) -> (long) Math.floor((1 - ratio) * denseBits());
      case Budget.BitsAWeight(double bits) -> Math.min(denseBits(), (long) (bits * freeWeights()));
      case Budget.ByMethod _ -> smallestBits();
      // Files hold more than weights: an upper bound, which a plan then comes down from.
      case Budget.FileSize _, Budget.FilePart _ ->
          Math.clamp(mostFileBytes() * Byte.SIZE - otherBits(), 0, denseBits());
    };
  }

  /** Bits of all that does not share the budget, as it will be. */
  private long otherBits() {
    long fixed = chosen().stream().filter(each -> !each.free()).mapToLong(Candidate::bits).sum();
    return modelBits - denseBits() - fixed + fixedBits();
  }

  private long fixedBits() {
    return chosen().stream().filter(each -> !each.free()).mapToLong(Candidate::fixedBits).sum();
  }

  private long smallestBits() {
    return free().stream().mapToLong(Candidate::smallestBits).sum();
  }

  /** Bytes that the weight files may take; as many as there can be where none was said. */
  public long mostFileBytes() {
    return switch (budget) {
      case Budget.FileSize(long bytes) -> bytes;
      case Budget.FilePart(double part) -> (long) (part * sourceBytes);
      default -> Long.MAX_VALUE;
    };
  }

  private long freeWeights() {
    return free().stream().mapToLong(Candidate::weights).sum();
  }

  private long denseBits() {
    return free().stream().mapToLong(Candidate::bits).sum();
  }

  /** The fraction that goes of the bits of those without a ratio of their own. */
  private double ratio() {
    long dense = denseBits();
    return switch (budget) {
      case Budget.Removed(double ratio) -> ratio;
      default -> dense == 0 ? 0 : 1 - freeBits() / (double) dense;
    };
  }

  /** The most bits that all factors may take. */
  public long mostFactorBits() {
    return freeBits() + fixedBits();
  }

  /** The most bits that the whole model may take afterwards. */
  public long mostModelBits() {
    return modelBits - chosenBits() + mostFactorBits();
  }

  private long chosenBits() {
    return chosen().stream().mapToLong(Candidate::bits).sum();
  }

  /**
   * Splits the budget, and adds those that have a ratio of their own.
   *
   * @param profiles of the free ones
   * @param files bytes of the weight files of a plan, where their size is the budget
   * @throws UsageException where a ratio or a size cannot be reached
   */
  public Plan plan(
      String method,
      BudgetAllocator allocator,
      List<ProjectionProfile> profiles,
      FileFit.Bytes files)
      throws CompotException {
    return mostFileBytes() == Long.MAX_VALUE
        ? plan(method, allocator, profiles, freeBits())
        : new FileFit(mostFileBytes(), files)
            .fit(freeBits(), smallestBits(), bits -> plan(method, allocator, profiles, bits));
  }

  private Plan plan(
      String method, BudgetAllocator allocator, List<ProjectionProfile> profiles, long bits)
      throws UsageException {
    Allocation shared =
        profiles.isEmpty()
            ? new Allocation(allocator.name(), 0, List.of(), List.of())
            : allocator.allocate(profiles, bits);
    List<Allocation.Decision> decisions = new ArrayList<>(shared.decisions());
    List<String> notes = new ArrayList<>(shared.notes());
    for (Candidate each : chosen()) {
      if (!each.free()) {
        decisions.add(each.fixed());
      }
    }
    int fixed = decisions.size() - shared.decisions().size();
    if (fixed > 0) {
      notes.add(
          "%d projections have a ratio of their own; %s was asked of the other %d"
              .formatted(fixed, ratio(), profiles.size()));
    }
    return plan(method, new Allocation(allocator.name(), bits + fixedBits(), decisions, notes));
  }

  /** What an allocation means for every projection. */
  private Plan plan(String method, Allocation allocation) {
    Map<String, Allocation.Decision> decisions = new HashMap<>();
    allocation.decisions().forEach(decision -> decisions.put(decision.projection(), decision));
    List<PlannedProjection> planned = new ArrayList<>();
    for (Candidate each : all) {
      Allocation.Decision decision = decisions.get(each.name());
      Optional<Form> size = decision == null ? Optional.empty() : decision.option().size();
      String reason = "";
      if (decision == null) {
        reason = each.keptOut();
      } else if (size.isEmpty()) {
        reason = "kept whole by the allocation";
      }
      planned.add(
          new PlannedProjection(
              each.name(),
              each.block(),
              each.in(),
              each.out(),
              each.dtype(),
              each.stored(),
              decision == null ? each.method() : decision.option().maker().orElse(each.method()),
              size,
              each.bits(),
              decision == null ? each.bits() : decision.option().bits(),
              reason,
              decision == null ? "" : decision.why()));
    }
    long before = chosenBits();
    return new Plan(
        method,
        allocation.allocator(),
        allocation.notes(),
        ratio(),
        planned,
        new BitCount(before, allocation.bits()),
        new BitCount(modelBits, modelBits - before + allocation.bits()));
  }
}
