package io.compot.pipeline.task;

import io.compot.allocation.option.ProfileFact;
import io.compot.method.CompressionMethod;
import io.compot.tensor.Dtype;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what an allocation asks of one projection.
 *
 * @param method that would make its factors
 * @param stored type of factors
 * @param seed of the whole work
 * @param gram of its input; null without calibration
 */
public record ProfileTask(
    Premises premises,
    String projection,
    CompressionMethod method,
    Dtype stored,
    long seed,
    Set<ProfileFact> facts,
    @Nullable StoredGram gram)
    implements CrewTask<ProfileTask.Profiled> {

  /** The expected errors, and how long they took. */
  public record Errors(StoredProfile.Errors found, double seconds) {}

  /** A spectrum, and how long it took. */
  public record Values(StoredProfile.Values found, double seconds) {}

  /** What was found out. */
  public record Profiled(@Nullable Errors errors, Map<ProfileFact, Values> spectra) {}

  @Override
  public Class<Profiled> gives() {
    return Profiled.class;
  }
}
