package io.compot.pipeline.pass;

import io.compot.allocation.option.ProfileFact;
import io.compot.allocation.option.Spectrum;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.model.Architecture;
import io.compot.model.SharedInput;
import io.compot.pipeline.task.ProfileTask;
import io.compot.pipeline.task.StoredProfile;
import io.compot.tensor.TensorScope;
import java.util.EnumMap;
import java.util.Map;

/** Does {@link ProfileTask profile tasks}. */
public final class ProfileWorker {

  private ProfileWorker() {}

  /** Does one. */
  public static ProfileTask.Profiled run(ProfileTask task) throws CompotException {
    String name = task.projection();
    try (ModelSource checkpoint = task.premises().open();
        var _ = TensorScope.open()) {
      SharedInput input = SharedInputs.holding(Architecture.of(checkpoint), name);
      var projection = SharedInputs.projection(input, name);
      var gram = task.gram();
      try (var whitened =
          gram == null
              ? null
              : WhitenedInput.of(gram.read(input.first().name()), input.first().name())) {
        var facts =
            new ProjectionFacts(
                name,
                projection.weight(checkpoint),
                whitened == null ? null : whitened.whitening(),
                whitened == null ? 1 : whitened.unit());
        return run(task, facts);
      }
    } catch (RuntimeException e) {
      throw LibraryFailure.of(name, "cannot be profiled", e);
    }
  }

  private static ProfileTask.Profiled run(ProfileTask task, ProjectionFacts facts)
      throws CompotException {
    ProfileTask.Errors errors = null;
    long start = System.nanoTime();
    if (task.facts().contains(ProfileFact.WEIGHT_ERROR)
        || task.facts().contains(ProfileFact.WHITENED_ERROR)) {
      var found = facts.errors(task.method(), task.stored(), task.seed());
      errors = new ProfileTask.Errors(StoredProfile.Errors.of(found), since(start));
    }
    Map<ProfileFact, ProfileTask.Values> spectra = new EnumMap<>(ProfileFact.class);
    if (task.facts().contains(ProfileFact.WEIGHT_SPECTRUM)) {
      long begun = System.nanoTime();
      spectra.put(ProfileFact.WEIGHT_SPECTRUM, values(facts.weightSpectrum(), begun));
    }
    if (task.facts().contains(ProfileFact.WHITENED_SPECTRUM)) {
      long begun = System.nanoTime();
      spectra.put(ProfileFact.WHITENED_SPECTRUM, values(facts.whitenedSpectrum(), begun));
    }
    return new ProfileTask.Profiled(errors, spectra);
  }

  private static ProfileTask.Values values(Spectrum spectrum, long begun) {
    return new ProfileTask.Values(StoredProfile.Values.of(spectrum), since(begun));
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
