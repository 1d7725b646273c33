package io.compot.pipeline;

import io.compot.allocation.ProjectionProfile;
import io.compot.allocation.option.ProfileFact;
import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.GramStore;
import io.compot.calibration.StateStore;
import io.compot.checkpoint.OutputFolder;
import io.compot.error.CompotException;
import io.compot.file.Sha256;
import io.compot.journal.WorkFolder;
import io.compot.method.Need;
import io.compot.model.SharedInput;
import io.compot.pipeline.check.CheckedInputs;
import io.compot.pipeline.check.DiskNeeds;
import io.compot.pipeline.pass.BlockPass;
import io.compot.pipeline.pass.CrewCalibration;
import io.compot.pipeline.pass.DamagePass;
import io.compot.pipeline.pass.Groundwork;
import io.compot.pipeline.pass.OutputMetrics;
import io.compot.pipeline.pass.ProfileCache;
import io.compot.pipeline.pass.Profiler;
import io.compot.pipeline.pass.SharedWork;
import io.compot.pipeline.pass.TableCosts;
import io.compot.pipeline.task.CrewJob;
import io.compot.pipeline.train.TrainedRanks;
import io.compot.plan.ConsideredProjection;
import io.compot.plan.FileFit;
import io.compot.plan.Plan;
import io.compot.plan.PlannedTable;
import io.compot.plan.TableChoice;
import io.compot.progress.Progress;
import io.compot.progress.Run;
import io.compot.recipe.CompressionSettings;
import io.compot.result.Versions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What comes before the blocks: the backward pass, Gram matrices for two passes, the plan. */
final class Preparation {

  private final CompressionSettings settings;
  private final Run run;
  private final FileFit.@Nullable Bytes sizes;
  private final @Nullable CrewJob crew;

  /**
   * What a compression of these settings begins with.
   *
   * @param crew who does what others can do; null for this process alone
   */
  Preparation(
      CompressionSettings settings,
      Run run,
      FileFit.@Nullable Bytes sizes,
      @Nullable CrewJob crew) {
    this.settings = settings;
    this.run = run;
    this.sizes = sizes;
    this.crew = crew;
  }

  /** What a plan alone needs, in a folder that goes with it. */
  Groundwork forPlan(CheckedInputs job, WorkFolder work) throws CompotException {
    var rises = job.samples() == null ? null : rises(job, new OutputMetrics(work));
    return new Groundwork.ForPlan(rises, new ProfileCache());
  }

  /** Does, or finds done, what comes before the budget is split. */
  Groundwork own(CheckedInputs job, WorkFolder work) throws CompotException {
    var metrics = goesBackward(job) ? new OutputMetrics(work) : null;
    var rises = metrics == null ? null : rises(job, metrics);
    return new Groundwork.Own(rises, metrics, kept(job, work), new ProfileCache(work));
  }

  /**
   * The same, common to several compressions.
   *
   * @param inputs digests of all that is read
   */
  Groundwork shared(
      CheckedInputs job, Map<String, String> inputs, SharedWork shared, WorkFolder work)
      throws CompotException {
    CalibrationSamples samples = Objects.requireNonNull(job.samples());
    String key =
        Sha256.key(
            inputs,
            samples.identity(),
            settings.seed(),
            job.type(),
            settings.general().include(),
            settings.general().exclude(),
            settings.overrides(),
            Versions.deciding());
    SharedWork.Damage damage = null;
    if (goesBackward(job)) {
      damage =
          shared.damage(
              damageKey(key, job), metrics -> Objects.requireNonNull(rises(job, metrics)));
    }
    boolean enough = damage != null && job.allocator().needs().contains(ProfileFact.LOSS_RISE);
    GramStore grams = enough ? null : filled(shared.grams(key), job, DiskNeeds.of(job).left(work));
    return new Groundwork.Shared(damage, grams, shared.profiles(key));
  }

  /** The backward pass, where method or allocation has a use for it. */
  private @Nullable List<ProjectionProfile> rises(CheckedInputs job, OutputMetrics metrics)
      throws CompotException {
    if (!goesBackward(job) || job.samples() == null) {
      return null;
    }
    boolean all = weighsRises(job);
    List<PlannedTable> offers = all ? job.selection().offers() : List.of();
    var tables = new TableCosts(job.architecture(), job.checkpoint(), offers, metrics.work());
    List<ConsideredProjection> own =
        job.selection().chosen().stream()
            .filter(each -> all || each.method().needs(Need.OUTPUT_METRIC))
            .toList();
    return new DamagePass(job.architecture(), job.checkpoint(), settings.seed())
        .profiles(own, job.samples(), job.type(), tables, metrics, run);
  }

  /** As it was before tables were weighed, where none are. */
  private static String damageKey(String key, CheckedInputs job) {
    List<Long> widths = job.selection().offers().stream().map(PlannedTable::bitsAfter).toList();
    return widths.isEmpty() ? Sha256.key(key, job.method()) : Sha256.key(key, job.method(), widths);
  }

  private static boolean goesBackward(CheckedInputs job) {
    return job.selection().needs(Need.OUTPUT_METRIC) || weighsRises(job);
  }

  private static boolean weighsRises(CheckedInputs job) {
    return job.allocator().needs().contains(ProfileFact.LOSS_RISE);
  }

  /** Gram matrices for both passes; null where one needs none, or each computes its own. */
  private @Nullable GramStore kept(CheckedInputs job, WorkFolder work) throws CompotException {
    var allocator = job.allocator();
    if (crew != null) {
      return ofCrew(job, work);
    }
    if (job.samples() == null
        || allocator.needs().isEmpty()
        || allocator.needs().contains(ProfileFact.LOSS_RISE)
        || !allocator.needsGram(job.selection().needs(Need.GRAM))
        || job.method().needs(Need.PREFIX)) {
      return null;
    }
    BlockPass pass = pass(job, chosen(job));
    var needs = DiskNeeds.of(job);
    long bytes = GramStore.bytes(pass.inputs());
    var choice = GramChoice.of(bytes, pass.units(job.samples()), needs, work);
    run.tell(new Progress.Notice(choice.told()));
    return choice.kept() ? filled(new GramStore(work), job, needs.left(work)) : null;
  }

  /** A crew hands matrices on in files; null where no pass works on the original's. */
  private @Nullable GramStore ofCrew(CheckedInputs job, WorkFolder work) throws CompotException {
    var selection = job.selection();
    var allocator = job.allocator();
    boolean profiled =
        !allocator.needs().isEmpty()
            && !allocator.needs().contains(ProfileFact.LOSS_RISE)
            && allocator.needsGram(selection.needs(Need.GRAM));
    return job.samples() != null && (profiled || !selection.needs(Need.PREFIX))
        ? filled(new GramStore(work), job, DiskNeeds.of(job).left(work))
        : null;
  }

  /**
   * Computes what a store lacks of the chosen projections' matrices.
   *
   * @param others bytes of the same disk that are needed besides
   */
  private GramStore filled(GramStore store, CheckedInputs job, long others) throws CompotException {
    List<SharedInput> missing = new ArrayList<>();
    for (SharedInput input : pass(job, chosen(job)).inputs()) {
      if (!store.holds(input)) {
        missing.add(input);
      }
    }
    if (missing.isEmpty()) {
      return store;
    }
    WorkFolder work = store.work();
    Set<String> names = new HashSet<>();
    missing.forEach(input -> names.add(input.first().name()));
    BlockPass pass = pass(job, names);
    CalibrationSamples samples = Objects.requireNonNull(job.samples());
    var byCrew =
        crew == null
            ? null
            : new CrewCalibration(
                crew, job.architecture(), job.checkpoint(), names, samples, store);
    long sums = byCrew == null ? 0 : byCrew.sumBytes();
    OutputFolder.requireSpace(work.path(), work.target(), GramStore.bytes(missing) + sums + others);
    long start = System.nanoTime();
    try (var stage = run.stage("calibrate", pass.units(samples))) {
      if (byCrew != null) {
        byCrew.run(stage);
      } else {
        var states = new StateStore(work, "calibrate", run.memory());
        pass.fill(store, samples, job.type(), states, stage);
      }
    }
    store.took((System.nanoTime() - start) / 1e9);
    return store;
  }

  private static BlockPass pass(CheckedInputs job, Set<String> names) {
    return new BlockPass(job.architecture(), job.checkpoint(), names, null);
  }

  private static Set<String> chosen(CheckedInputs job) {
    return job.selection().chosen().stream()
        .map(ConsideredProjection::name)
        .collect(Collectors.toSet());
  }

  /** Splits the budget, after a pass over the blocks where the allocation asks for one. */
  Plan plan(CheckedInputs job, Groundwork ground, WorkFolder work) throws CompotException {
    List<ConsideredProjection> free = job.selection().free();
    var rises = ground.rises();
    var needs = job.allocator().needs();
    if (rises != null && needs.contains(ProfileFact.LOSS_RISE)) {
      Set<String> names = free.stream().map(ConsideredProjection::name).collect(Collectors.toSet());
      Set<String> tables =
          job.selection().offers().stream().map(PlannedTable::name).collect(Collectors.toSet());
      var profiles = rises.stream().filter(rise -> names.contains(rise.name())).toList();
      var ofTables = rises.stream().filter(rise -> tables.contains(rise.name())).toList();
      return TableChoice.of(
          job.selection(),
          ofTables,
          (selection, others) ->
              selection.plan(
                  job.method().name(), job.allocator(), profiles, fileBytes(job), others));
    }
    var profiler =
        new Profiler(
            job.architecture(),
            job.checkpoint(),
            needs,
            settings.seed(),
            ground.cache(),
            ground.grams(),
            crew);
    if (needs.contains(ProfileFact.TRAINED_RATIO)) {
      return job.selection()
          .plan(
              job.method().name(),
              job.allocator(),
              trained(job, free, ground, work),
              fileBytes(job),
              true);
    }
    CalibrationSamples samples =
        job.allocator().needsGram(job.selection().needs(Need.GRAM)) ? job.samples() : null;
    var states = new StateStore(work, "profile", run.memory());
    var profiles = profiler.profiles(free, samples, job.type(), states, run);
    return job.selection()
        .plan(job.method().name(), job.allocator(), profiles, fileBytes(job), true);
  }

  /** Profiles with what training towards the budget takes of each. */
  private List<ProjectionProfile> trained(
      CheckedInputs job, List<ConsideredProjection> free, Groundwork ground, WorkFolder work)
      throws CompotException {
    CalibrationSamples samples = Objects.requireNonNull(job.samples());
    Map<String, Double> ratios =
        new TrainedRanks(job.architecture(), job.checkpoint(), samples, job.type(), settings.seed())
            .ratios(free, job.selection().freeBits(), ground.grams(), work, run);
    return free.stream()
        .map(each ->
            each.profile().withTrainedRatio(Objects.requireNonNull(ratios.get(each.name()))))
        .toList();
  }

  private FileFit.Bytes fileBytes(CheckedInputs job) {
    return sizes != null
        ? sizes
        : plan ->
            new PackedOutput(job.checkpoint(), plan).fileBytes(settings.general().shardSize());
  }
}
