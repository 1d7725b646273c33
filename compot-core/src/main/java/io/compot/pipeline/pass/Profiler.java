package io.compot.pipeline.pass;

import io.compot.allocation.ProjectionProfile;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.OptionList;
import io.compot.allocation.option.OptionSource;
import io.compot.allocation.option.ProfileFact;
import io.compot.allocation.option.Spectrum;
import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.GramStore;
import io.compot.calibration.StateStore;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.method.ErrorCurve;
import io.compot.method.ExpectedError;
import io.compot.method.LayerProblem;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.plan.ConsideredProjection;
import io.compot.plan.LayerTask;
import io.compot.progress.Run;
import io.compot.tensor.Dtype;
import io.compot.tensor.SingularValues;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
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

  /**
   * A profiler.
   *
   * @param cache what is known already, and takes what is found out
   * @param store Gram matrices of the same calibration; may be null
   */
  public Profiler(
      Architecture architecture,
      ModelSource checkpoint,
      Set<ProfileFact> needs,
      long seed,
      ProfileCache cache,
      @Nullable GramStore store) {
    this.architecture = architecture;
    this.checkpoint = checkpoint;
    this.needs = needs;
    this.seed = seed;
    this.cache = cache;
    this.store = store;
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
    Map<String, ProjectionProfile> profiles = new LinkedHashMap<>();
    var pass = new BlockPass(architecture, checkpoint, byName.keySet(), store);
    long units = pass.units(samples) + byName.values().stream().mapToLong(Profiler::units).sum();
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
      if (needs.contains(ProfileFact.WEIGHT_ERROR) || needs.contains(ProfileFact.WHITENED_ERROR)) {
        var errors =
            cache.errors(
                candidate.method(),
                seed,
                name,
                () ->
                    candidate
                        .method()
                        .expect(
                            new LayerProblem(
                                name,
                                weight,
                                whitening,
                                candidate.stored(),
                                LayerTask.seed(seed, name))));
        profile = withErrors(candidate, errors);
      }
      if (needs.contains(ProfileFact.WEIGHT_SPECTRUM)) {
        profile =
            profile.withWeightSpectrum(
                cache.spectrum(
                    ProfileFact.WEIGHT_SPECTRUM,
                    name,
                    () -> Spectrum.of(SingularValues.of(weight.to(ScalarType.Double)))));
      }
      if (needs.contains(ProfileFact.WHITENED_SPECTRUM)) {
        profile =
            profile.withWhitenedSpectrum(
                cache.spectrum(
                    ProfileFact.WHITENED_SPECTRUM,
                    name,
                    () -> whitened(weight, Objects.requireNonNull(whitening), unit)));
      }
      return profile;
    }
  }

  private static Spectrum whitened(Tensor weight, Whitening whitening, double unit) {
    double[] values = SingularValues.of(whitening.whiten(weight));
    return Spectrum.of(Arrays.stream(values).map(value -> value * unit).toArray());
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
