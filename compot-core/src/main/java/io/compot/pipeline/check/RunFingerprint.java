package io.compot.pipeline.check;

import io.compot.calibration.TokenWindows;
import io.compot.file.Sha256;
import io.compot.journal.Fingerprint;
import io.compot.recipe.CompressionSettings;
import io.compot.recipe.Recipe;
import io.compot.result.Versions;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

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
    Map<String, String> inputs = new LinkedHashMap<>(digests);
    if (job.windows() != null) {
      inputs.put("calibration windows", digest(job.windows()));
    }
    Map<String, String> all = new LinkedHashMap<>();
    settings.described().forEach((name, value) -> all.put(name, value.toString()));
    all.put("overrides", Recipe.overrides(settings).toString());
    // What a method holds beside its settings, such as one of a program's own.
    all.put("method's settings", settings.method().toString());
    all.put("computation", job.type().name());
    all.putAll(Versions.deciding());
    return new Fingerprint(inputs, all);
  }

  /** Of all token ids in their order, and how they are cut. */
  private static String digest(TokenWindows windows) {
    var digest = Sha256.begin();
    for (long[] window : windows.windows()) {
      ByteBuffer bytes = ByteBuffer.allocate((window.length + 1) * Long.BYTES);
      bytes.putLong(window.length);
      for (long token : window) {
        bytes.putLong(token);
      }
      digest.update(bytes.flip());
    }
    return "%d x %d, %s".formatted(windows.count(), windows.length(), Sha256.words(digest));
  }
}
