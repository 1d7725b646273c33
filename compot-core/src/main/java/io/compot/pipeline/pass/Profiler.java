package io.compot.pipeline.pass;

import io.compot.allocation.ProjectionProfile;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.OptionList;
import io.compot.allocation.option.OptionSource;
import io.compot.allocation.option.ProfileFact;
import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.GramStore;
import io.compot.calibration.StateStore;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.method.ErrorCurve;
import io.compot.method.ExpectedError;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.pipeline.task.CrewJob;
import io.compot.pipeline.task.ProfileTask;
import io.compot.pipeline.task.StoredGram;
import io.compot.plan.ConsideredProjection;
import io.compot.progress.Run;
import io.compot.progress.Stage;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what an allocator has to know of each projection. Shapes are free; anything else takes
 * a pass over the blocks, in which each block's weights and Gram matrices turn into a few numbers
 * and are let go.
 */
public final class Profiler {

  private final Architecture architecture;
  private final ModelSource checkpoint;
  private final Set<ProfileFact> needs;
  private final long seed;
  private final ProfileCache cache;
  private final @Nullable GramStore store;
  private final @Nullable CrewJob crew;

  /**
   * A profiler.
   *
   * @param cache what is known already, and takes what is found out
   * @param store Gram matrices of the same calibration; may be null
   * @param crew who finds it out where all it takes lies in files; null for this process
   */
  public Profiler(
      Architecture architecture,
      ModelSource checkpoint,
      Set<ProfileFact> needs,
      long seed,
      ProfileCache cache,
      @Nullable GramStore store,
      @Nullable CrewJob crew) {
    this.architecture = architecture;
    this.checkpoint = checkpoint;
    this.needs = needs;
    this.seed = seed;
    this.cache = cache;
    this.store = store;
    this.crew = crew;
  }

  /**
   * One profile for each candidate, in their order.
   *
   * @param samples calibration; null where the weights tell enough
   * @param states for the hidden states between blocks
   */
  public List<ProjectionProfile> profiles(
      List<ConsideredProjection> candidates,
      @Nullable CalibrationSamples samples,
      Dtype computation,
      StateStore states,
      Run run)
      throws CompotException {
    if (needs.isEmpty()) {
      return candidates.stream().map(each -> each.profile()).toList();
    }
    Map<String, ConsideredProjection> byName = new LinkedHashMap<>();
    for (ConsideredProjection each : candidates) {
      if (!cache.holds(each.method(), seed, each.name(), needs)) {
        byName.put(each.name(), each);
      }
    }
    if (byName.isEmpty()) {
      return cached(candidates);
    }
    var pass = new BlockPass(architecture, checkpoint, byName.keySet(), store);
    long units = pass.units(samples) + byName.values().stream().mapToLong(Profiler::units).sum();
    if (crew != null && (samples == null || store != null)) {
      try (var stage = run.stage("profile", units)) {
        ask(crew, byName, samples == null ? null : store, stage);
      }
      return cached(candidates);
    }
    Map<String, ProjectionProfile> profiles = new LinkedHashMap<>();
    try (var stage = run.stage("profile", units)) {
      pass.run(
          samples,
          computation,
          states,
          stage,
          (SharedInput input, @Nullable Whitening whitening, double unit, String where) -> {
            for (Projection projection : input.projections()) {
              ConsideredProjection candidate = byName.get(projection.name());
              if (candidate != null) {
                stage.safePoint();
                stage.advance(where + ": " + candidate.name(), 0);
                try {
                  profiles.put(candidate.name(), profile(candidate, whitening, unit));
                } catch (RuntimeException e) {
                  throw LibraryFailure.of(candidate.name(), "cannot be profiled", e);
                }
                stage.advance(where + ": " + candidate.name(), units(candidate));
              }
            }
          });
    }
    for (ConsideredProjection each : candidates) {
      if (!profiles.containsKey(each.name())) {
        profiles.put(each.name(), profile(each, null, 1));
      }
    }
    return candidates.stream()
        .map(each -> Objects.requireNonNull(profiles.get(each.name())))
        .toList();
  }

  /** Has others find out what is missing. */
  private void ask(
      CrewJob others,
      Map<String, ConsideredProjection> missing,
      @Nullable GramStore grams,
      Stage stage)
      throws CompotException {
    List<ProfileTask> tasks = new ArrayList<>();
    for (SharedInput input : (Iterable<SharedInput>) architecture.projections()::iterator) {
      for (Projection projection : input.projections()) {
        ConsideredProjection candidate = missing.get(projection.name());
        if (candidate != null) {
          tasks.add(
              new ProfileTask(
                  others.premises(),
                  candidate.name(),
                  CrewJob.sendable(candidate.method()),
                  candidate.stored(),
                  seed,
                  needs,
                  StoredGram.in(grams, input)));
        }
      }
    }
    others.run(
        "profiles",
        tasks,
        stage.stop(),
        (_, task, profiled) -> {
          cache.put(task, profiled);
          var candidate = Objects.requireNonNull(missing.get(task.projection()));
          stage.advance(candidate.name(), units(candidate));
        });
  }

  /** Profiles for which nothing has to be computed. */
  private List<ProjectionProfile> cached(List<ConsideredProjection> candidates)
      throws CompotException {
    List<ProjectionProfile> profiles = new ArrayList<>();
    for (ConsideredProjection candidate : candidates) {
      profiles.add(profile(candidate, null, 1));
    }
    return profiles;
  }

  private ProjectionProfile profile(
      ConsideredProjection candidate, @Nullable Whitening whitening, double unit)
      throws CompotException {
    try (var _ = TensorScope.open()) {
      String name = candidate.name();
      Tensor weight = candidate.projection().weight(checkpoint);
      ProjectionProfile profile = candidate.profile();
      var facts = new ProjectionFacts(name, weight, whitening, unit);
      if (needs.contains(ProfileFact.WEIGHT_ERROR) || needs.contains(ProfileFact.WHITENED_ERROR)) {
        var method = candidate.method();
        var errors =
            cache.errors(method, seed, name, () -> facts.errors(method, candidate.stored(), seed));
        profile = withErrors(candidate, errors);
      }
      if (needs.contains(ProfileFact.WEIGHT_SPECTRUM)) {
        profile =
            profile.withWeightSpectrum(
                cache.spectrum(ProfileFact.WEIGHT_SPECTRUM, name, facts::weightSpectrum));
      }
      if (needs.contains(ProfileFact.WHITENED_SPECTRUM)) {
        profile =
            profile.withWhitenedSpectrum(
                cache.spectrum(ProfileFact.WHITENED_SPECTRUM, name, facts::whitenedSpectrum));
      }
      return profile;
    }
  }

  private ProjectionProfile withErrors(ConsideredProjection candidate, List<ExpectedError> errors) {
    Map<Long, Double> weight = new TreeMap<>();
    Map<Long, Double> whitened = new TreeMap<>();
    for (ExpectedError error : errors) {
      long bits = error.size().bits(candidate.in(), candidate.out());
      weight.put(bits, error.weight());
      error.whitened().ifPresent(value -> whitened.put(bits, value));
    }
    Map<ErrorMeasure, ErrorCurve> curves = new EnumMap<>(ErrorMeasure.class);
    if (!weight.isEmpty()) {
      curves.put(ErrorMeasure.WEIGHT, new ErrorCurve(weight));
    }
    if (!whitened.isEmpty()) {
      curves.put(ErrorMeasure.WHITENED, new ErrorCurve(whitened));
    }
    OptionSource source =
        errors.isEmpty() ? OptionList.rankedByBits(List.of()) : candidate.options(curves);
    return candidate.profile(source);
  }

  private static long units(ConsideredProjection candidate) {
    return (long) WorkUnits.profile(candidate.in(), candidate.out());
  }
}
