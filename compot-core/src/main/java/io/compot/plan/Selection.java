package io.compot.plan;

import io.compot.allocation.Allocation;
import io.compot.allocation.BudgetAllocator;
import io.compot.allocation.ProjectionProfile;
import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ProfileFact;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
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
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every projection of a model's blocks, in checkpoint order, with those that share the budget
 * chosen by the patterns.
 *
 * @param all projections
 * @param modelBits of all tensors of the checkpoint
 * @param tables that are stored in few bits
 * @param offers widths that may be chosen for them instead; none where the width was said
 * @param sourceBytes of the source's weight files
 * @param budget of the chosen projections without a ratio of their own
 * @param packed whether a size is asked for of packed files; else of files in another format, of
 *     which packed bits say nothing
 */
public record Selection(
    List<ConsideredProjection> all,
    long modelBits,
    List<PlannedTable> tables,
    List<PlannedTable> offers,
    long sourceBytes,
    Budget budget,
    boolean packed) {

  /**
   * Chooses.
   *
   * @throws UsageException where a pattern matches nothing or nothing is left to compress
   * @throws InputException where a weight is missing
   */
  public static Selection of(
      Architecture architecture, WeightSource weights, CompressionSettings settings, boolean packed)
      throws CompotException {
    var include = new NamePatterns(settings.general().include());
    var exclude = new NamePatterns(settings.general().exclude());
    var overrides = Overrides.of(settings);
    List<ConsideredProjection> all = new ArrayList<>();
    for (SharedInput input : architecture.projections().toList()) {
      for (Projection projection : input.projections()) {
        String name = projection.name();
        ProjectionOverride own = overrides.of(name);
        Share share;
        if (exclude.matches(name)) {
          share = new Share.Excluded("excluded");
        } else if (!include.isEmpty() && !include.matches(name)) {
          share = new Share.Excluded("not included");
        } else if (include.isEmpty() && architecture.ofImages(projection)) {
          share = new Share.Excluded("of images, which are not included unless asked for");
        } else if (own.skip().orElse(false)) {
          share = new Share.Excluded("skipped by an override");
        } else if (own.ratio().isPresent()) {
          share = new Share.OfItsOwn(own.ratio().getAsDouble());
        } else {
          share = new Share.OfBudget();
        }
        boolean takesPart = !(share instanceof Share.Excluded);
        all.add(
            candidate(
                projection,
                weights.info(projection.weightName()),
                share,
                overrides.method(name, takesPart ? own : ProjectionOverride.of(name)),
                own));
      }
    }
    List<String> names = all.stream().map(ConsideredProjection::name).toList();
    include.requireUse("include", names);
    exclude.requireUse("exclude", names);
    overrides.requireUse(names);
    if (all.stream().noneMatch(ConsideredProjection::chosen)) {
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
    var selection =
        new Selection(
            List.copyOf(all),
            whole,
            tables(architecture, weights, settings, exclude),
            offers(architecture, weights, settings, exclude),
            source,
            settings.budget(),
            packed);
    selection.requireSmaller();
    return selection;
  }

  private static List<PlannedTable> tables(
      Architecture architecture,
      WeightSource weights,
      CompressionSettings settings,
      NamePatterns exclude)
      throws InputException {
    var width = settings.general().tableWidth();
    return width.isEmpty()
        ? List.of()
        : PlannedTable.of(architecture, weights, width.get(), exclude);
  }

  /** Every width of every table, where the size of all files leaves them open. */
  private static List<PlannedTable> offers(
      Architecture architecture,
      WeightSource weights,
      CompressionSettings settings,
      NamePatterns exclude)
      throws InputException {
    List<PlannedTable> offers = new ArrayList<>();
    if (settings.general().weighsTables()) {
      for (int width = PlannedTable.WIDEST; width >= PlannedTable.NARROWEST; width--) {
        offers.addAll(PlannedTable.of(architecture, weights, width, exclude));
      }
    }
    return List.copyOf(offers);
  }

  /** The same with other tables. */
  Selection with(List<PlannedTable> others) {
    return new Selection(all, modelBits, others, offers, sourceBytes, budget, packed);
  }

  /** What the narrowest offers would save more than the tables do. */
  private long savedByOffers() {
    long most = 0;
    for (PlannedTable table : tables) {
      most +=
          offers.stream()
              .filter(each -> each.name().equals(table.name()))
              .mapToLong(each -> table.bitsAfter() - each.bitsAfter())
              .max()
              .orElse(0);
    }
    return most;
  }

  private long savedOfTables() {
    return tables.stream().mapToLong(each -> each.bitsBefore() - each.bitsAfter()).sum();
  }

  private static ConsideredProjection candidate(
      Projection projection,
      TensorInfo info,
      Share share,
      CompressionMethod method,
      ProjectionOverride own) {
    // Factors keep the weight's type; nobody needs them in double.
    Dtype usual = info.dtype() == Dtype.F64 ? Dtype.F32 : info.dtype();
    Dtype stored =
        own.dtype().map(name -> Dtype.valueOf(name.toUpperCase(Locale.ROOT))).orElse(usual);
    return new ConsideredProjection(
        projection, info.dtype(), stored, info.bytes() * 8, method, share);
  }

  /** Between which sizes the budget of those without a ratio of their own may be searched for. */
  public Reach reach() {
    return new Reach(smallestBits(), denseBits(), freeWeights());
  }

  private void requireSmaller() throws UsageException {
    if (budget.isSearched()) {
      throw new UsageException(
          "max-kl and max-rise are found by making and measuring models, which only compress does; say bits, ratio or size");
    }
    var unsaid = free().stream().filter(each -> each.method().needsBudget()).findFirst();
    if (budget instanceof Budget.ByMethod && unsaid.isPresent()) {
      throw new UsageException(
          "the width of %s says how factors are stored, and not how large they become: say bits (for example 3), ratio or size, too"
              .formatted(unsaid.get().method().name()));
    }
    if (!packed && mostFileBytes() != Long.MAX_VALUE) {
      return;
    }
    long least = Math.ceilDiv(otherBits() - savedByOffers() + smallestBits(), Byte.SIZE);
    if (least > mostFileBytes()) {
      throw FileFit.unreachable(mostFileBytes(), least);
    }
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
  public List<ConsideredProjection> chosen() {
    return all.stream().filter(ConsideredProjection::chosen).toList();
  }

  /** Those of them that share the budget, having no ratio of their own. */
  public List<ConsideredProjection> free() {
    return all.stream().filter(ConsideredProjection::free).toList();
  }

  /** Whether the method of any that is to become smaller needs something. */
  public boolean needs(Need one) {
    return chosen().stream().anyMatch(each -> each.method().needs(one));
  }

  /** The bits that those without a ratio of their own may take, which no allocation exceeds. */
  public long freeBits() {
    return switch (budget) {
      case Budget.Removed(double ratio) -> (long) Math.floor((1 - ratio) * denseBits());
      case Budget.BitsAWeight(double bits) -> Math.min(denseBits(), (long) (bits * freeWeights()));
      case Budget.ByMethod _ -> smallestBits();
      case Budget.MostDivergence _, Budget.MostRise _ -> denseBits();
      // Files hold more than weights: an upper bound, which a plan then comes down from.
      case Budget.FileSize _, Budget.FilePart _ ->
          packed
              ? Math.clamp(mostFileBytes() * Byte.SIZE - otherBits(), 0, denseBits())
              : Math.min(denseBits() / Byte.SIZE, mostFileBytes()) * Byte.SIZE;
    };
  }

  /** Bits of all that does not share the budget, as it will be. */
  private long otherBits() {
    long fixed =
        chosen().stream().filter(each -> !each.free()).mapToLong(ConsideredProjection::bits).sum();
    return modelBits - savedOfTables() - denseBits() - fixed + fixedBits();
  }

  private long fixedBits() {
    long fixed = 0;
    for (ConsideredProjection each : all) {
      if (each.share() instanceof Share.OfItsOwn own) {
        fixed += each.most(own);
      }
    }
    return fixed;
  }

  private long smallestBits() {
    return free().stream().mapToLong(ConsideredProjection::smallestBits).sum();
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
    return free().stream().mapToLong(ConsideredProjection::weights).sum();
  }

  private long denseBits() {
    return free().stream().mapToLong(ConsideredProjection::bits).sum();
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
    return modelBits - savedOfTables() - chosenBits() + mostFactorBits();
  }

  private long chosenBits() {
    return chosen().stream().mapToLong(ConsideredProjection::bits).sum();
  }

  /**
   * Splits the budget, and adds those that have a ratio of their own.
   *
   * @param profiles of the free ones
   * @param files bytes of the weight files of a plan, where their size is the budget
   * @param others whether other sizes are split, too, for their predicted damage
   * @throws UsageException where a ratio or a size cannot be reached
   */
  public Plan plan(
      String method,
      BudgetAllocator allocator,
      List<ProjectionProfile> profiles,
      FileFit.Bytes files,
      boolean others)
      throws CompotException {
    // Not of all that methods can make, but of what was measured of it, under guards.
    long least = profiles.isEmpty() ? 0 : allocator.fewestBits(profiles);
    Plan plan =
        mostFileBytes() == Long.MAX_VALUE
            ? plan(method, allocator, profiles, freeBits())
            : new FileFit(mostFileBytes(), files)
                .fit(freeBits(), least, bits -> plan(method, allocator, profiles, bits));
    if (profiles.isEmpty() || !allocator.needs().contains(ProfileFact.LOSS_RISE)) {
      return plan;
    }
    long chosen = plan.compressed().after() - fixedBitsOf(plan);
    return plan.with(
        others
            ? DamageCurve.of(allocator, profiles, chosen, least)
            : DamageCurve.at(allocator, profiles, chosen));
  }

  /** Bits of those with a ratio of their own. */
  private long fixedBitsOf(Plan plan) {
    Set<String> free = new HashSet<>();
    free().forEach(each -> free.add(each.name()));
    return plan.projections().stream()
        .filter(each -> each.chosen() && !free.contains(each.name()))
        .mapToLong(PlannedProjection::bitsAfter)
        .sum();
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
    for (ConsideredProjection each : all) {
      if (each.share() instanceof Share.OfItsOwn own) {
        decisions.add(each.decide(own));
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
    for (ConsideredProjection each : all) {
      Allocation.Decision decision = decisions.get(each.name());
      CompressionMethod maker =
          decision == null ? each.method() : decision.option().maker().orElse(each.method());
      planned.add(
          new PlannedProjection(
              each.projection(),
              each.dtype(),
              each.stored(),
              maker,
              each.bits(),
              fate(each, decision)));
    }
    long before = chosenBits();
    return new Plan(
        method,
        allocation.allocator(),
        allocation.notes(),
        packed ? ratio() : Math.max(Double.MIN_NORMAL, 1 - allocation.bits() / (double) before),
        planned,
        tables,
        new BitCount(before, allocation.bits()),
        new BitCount(modelBits, modelBits - savedOfTables() - before + allocation.bits()),
        null,
        null);
  }

  private static Fate fate(ConsideredProjection each, Allocation.@Nullable Decision decision) {
    if (each.share() instanceof Share.Excluded(String why)) {
      return new Fate.Excluded(why);
    }
    Allocation.Decision made =
        Objects.requireNonNull(decision, () -> "nothing was decided of " + each.name());
    CompressionOption option = made.option();
    return option
        .size()
        .<Fate>map(form -> new Fate.Replaced(form, option.bits(), made.why()))
        .orElseGet(() -> new Fate.Kept(made.why()));
  }
}
