package io.compot.pipeline.pass;

import io.compot.allocation.ProjectionProfile;
import io.compot.calibration.GramStore;
import io.compot.error.CompotException;
import io.compot.progress.Run;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the plan and the passes over the blocks start from. */
public sealed interface Groundwork {

  /**
   * What a plan alone needs.
   *
   * @param rises profiles from a backward pass; null where there was none
   * @param cache what is known of the projections
   */
  record ForPlan(@Nullable List<ProjectionProfile> rises, ProfileCache cache)
      implements Groundwork {

    @Override
    public Map<String, Path> metrics() {
      return Map.of();
    }

    @Override
    public @Nullable GramStore grams() {
      return null;
    }
  }

  /**
   * What one compression has made for itself.
   *
   * @param rises profiles from a backward pass; null where there was none
   * @param outputs metrics of that; null where there was none
   * @param grams matrices for two passes; null where each computes its own
   * @param cache what is known of the projections
   */
  record Own(
      @Nullable List<ProjectionProfile> rises,
      @Nullable OutputMetrics outputs,
      @Nullable GramStore grams,
      ProfileCache cache)
      implements Groundwork {

    @Override
    public Map<String, Path> metrics() {
      return outputs == null ? Map.of() : outputs.files();
    }
  }

  /**
   * What several compressions have in common.
   *
   * @param damage the backward pass; null where there was none
   * @param grams the matrices; null where none are needed
   * @param cache what is known of the projections
   */
  record Shared(SharedWork.@Nullable Damage damage, @Nullable GramStore grams, ProfileCache cache)
      implements Groundwork {

    @Override
    public @Nullable List<ProjectionProfile> rises() {
      return damage == null ? null : damage.profiles();
    }

    @Override
    public Map<String, Path> metrics() {
      return damage == null ? Map.of() : damage.metrics().files();
    }

    @Override
    public void reportSharedSeconds(Run run) throws CompotException {
      run.took("profile", cache.takeSeconds() + (damage == null ? 0 : damage.seconds()));
      run.took("calibrate", grams == null ? 0 : grams.seconds());
    }
  }

  /** Profiles from a backward pass; null where there was none. */
  @Nullable List<ProjectionProfile> rises();

  /** What is known of the projections. */
  ProfileCache cache();

  /** Gram matrices that were computed before; null where each pass computes its own. */
  @Nullable GramStore grams();

  /** Files of the output metrics, by projection. */
  Map<String, Path> metrics();

  /** Puts the time that work in common took in place of what finding it took. */
  default void reportSharedSeconds(Run run) throws CompotException {}
}
