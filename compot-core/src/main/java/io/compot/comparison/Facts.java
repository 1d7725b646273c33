package io.compot.comparison;

import io.compot.Compression;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.file.Sha256;
import io.compot.recipe.CompressionSettings;
import io.compot.recipe.GeneralSettings;
import io.compot.recipe.Recipe;
import io.compot.recipe.SaidSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What the results of a comparison rest on, beside the cells themselves: models, methods,
 * allocations and ratios may be added to a comparison, the rest may not change.
 */
public final class Facts {

  private Facts() {}

  static Map<String, String> of(ComparisonSettings settings) throws CompotException {
    Map<String, String> facts = new LinkedHashMap<>();
    for (ComparedModel model : settings.models()) {
      String name = model.name() + ": ";
      facts.put(name + "model", sha256(weights(model.folder())));
      facts.put(name + "calibration text", sha256(model.calibration()));
      facts.put(name + "held-out text", sha256(List.of(model.heldOut())));
      facts.put(name + "window", written(model.window().isPresent(), model.window().orElse(0)));
      facts.put(name + "windows", written(model.windows().isPresent(), model.windows().orElse(0)));
      said(settings.template().of(model))
          .forEach((setting, value) -> facts.put(name + setting, value));
    }
    facts.put("computation", settings.computation().toString());
    return facts;
  }

  /**
   * Every setting that there is but those that tell cells apart, so that one that is said later is
   * seen to differ from none: the general ones as they are, those of methods and allocations as
   * they were said, or that they were not.
   */
  private static Map<String, String> said(Compression compression) throws CompotException {
    Map<String, String> said = new TreeMap<>();
    SaidSettings.names().forEach(name -> said.put(name, "the default"));
    said.putAll(compression.said());
    CompressionSettings settings = compression.forgiving().settings();
    said.putAll(GeneralSettings.SCHEMA.describe(settings.general()));
    said.put("overrides", Recipe.overrides(settings).toString());
    said.keySet().removeAll(List.of(SaidSettings.METHOD, SaidSettings.ALLOCATION, "ratio"));
    return said;
  }

  private static String written(boolean present, Object value) {
    return present ? value.toString() : "the default";
  }

  private static List<Path> weights(Path folder) throws FailureException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".safetensors") || file.endsWith("config.json"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  private static String sha256(List<Path> files) throws FailureException {
    var digest = Sha256.begin();
    for (Path file : files) {
      try {
        digest.update(Sha256.bytesOf(file));
      } catch (IOException e) {
        throw unreadable(file, e);
      }
    }
    return Sha256.words(digest).substring(0, 20);
  }

  private static FailureException unreadable(Path file, IOException e) {
    return new FailureException(
        file + ": cannot be read (" + e.getMessage() + "); check the path and its permissions", e);
  }
}
