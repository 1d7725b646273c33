package io.compot.pipeline.pass;

import io.compot.allocation.ProjectionProfile;
import io.compot.calibration.GramStore;
import io.compot.error.CompotException;
import io.compot.journal.WorkFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What comes before the budget is split, of one compression or common to several.
 *
 * @param rises profiles from a backward pass; null where there was none
 * @param cache what is known of the projections
 * @param grams Gram matrices computed before; null where each pass computes its own
 * @param damage the common backward pass; null where there is none
 * @param own output metrics; null where there are none, or common ones
 */
public record Groundwork(
    @Nullable List<ProjectionProfile> rises,
    ProfileCache cache,
    @Nullable GramStore grams,
    SharedWork.@Nullable Damage damage,
    @Nullable OutputMetrics own,
    boolean common) {

  public static Groundwork own(
      @Nullable List<ProjectionProfile> rises,
      @Nullable OutputMetrics metrics,
      @Nullable GramStore grams,
      WorkFolder work) {
    return new Groundwork(rises, new ProfileCache(work), grams, null, metrics, false);
  }

  public static Groundwork shared(
      SharedWork.@Nullable Damage damage, ProfileCache cache, @Nullable GramStore grams) {
    return new Groundwork(
        damage == null ? null : damage.profiles(), cache, grams, damage, null, true);
  }

  /** Files of the output metrics, by projection. */
  public Map<String, Path> metrics() {
    if (damage != null) {
      return damage.metrics().files();
    }
    return own == null ? Map.of() : own.files();
  }

  /** Puts the time that common work took in place of what finding it took. */
  public void tell(Map<String, Double> seconds) throws CompotException {
    if (!common) {
      return;
    }
    double profile = cache.takeSeconds() + (damage == null ? 0 : damage.seconds());
    seconds.put("profile", profile);
    seconds.put("calibrate", grams == null ? 0 : grams.seconds());
  }
}
