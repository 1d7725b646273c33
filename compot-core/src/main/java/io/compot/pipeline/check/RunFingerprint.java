package io.compot.pipeline.check;

import io.compot.calibration.CalibrationSamples;
import io.compot.journal.Fingerprint;
import io.compot.recipe.CompressionSettings;
import io.compot.recipe.Recipe;
import io.compot.result.Versions;
import io.compot.tensor.Dtype;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything that decides a compression's bytes, by name. */
public final class RunFingerprint {

  private RunFingerprint() {}

  /**
   * Of one compression.
   *
   * @param digests of all files that were read
   * @param job whose method has its settings as they are used
   */
  public static Fingerprint of(
      Map<String, String> digests, CompressionSettings settings, CheckedInputs job) {
    return of(digests, settings, job.samples(), job.type());
  }

  /**
   * The same of what a compression is given.
   *
   * @param samples calibration; null to work without
   * @param type of the passes
   */
  public static Fingerprint of(
      Map<String, String> digests,
      CompressionSettings settings,
      @Nullable CalibrationSamples samples,
      Dtype type) {
    Map<String, String> inputs = new LinkedHashMap<>(digests);
    if (samples != null) {
      inputs.put("calibration windows", samples.identity());
    }
    Map<String, String> all = new LinkedHashMap<>();
    settings.described().forEach((name, value) -> all.put(name, value.toString()));
    all.put("overrides", Recipe.overrides(settings).toString());
    // What a method holds beside its settings, such as one of a program's own.
    all.put("method's settings", settings.method().toString());
    all.put("computation", type.name());
    all.putAll(Versions.deciding());
    return new Fingerprint(inputs, all);
  }
}
