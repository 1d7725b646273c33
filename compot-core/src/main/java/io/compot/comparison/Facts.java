package io.compot.comparison;

import io.compot.Compression;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.file.Sha256;
import io.compot.recipe.CompressionSettings;
import io.compot.recipe.GeneralSettings;
import io.compot.recipe.Recipe;
import io.compot.recipe.SaidSettings;
import io.compot.result.Versions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What the results of a comparison rest on, beside the cells themselves: models, methods,
 * allocations and ratios may be added to a comparison, the rest may not change.
 *
 * @param deciding name to value
 * @param inputs SHA-256 of each file
 */
record Facts(Map<String, String> deciding, Map<String, String> inputs) {

  private static final String DEFAULT = "the default";
  private static final String ALSO = "also ";
  private static final List<String> DIGESTS = List.of("model", "calibration text", "held-out text");

  static Facts none() {
    return new Facts(Map.of(), Map.of());
  }

  static Facts of(ComparisonSettings settings) throws CompotException {
    Map<String, String> facts = new LinkedHashMap<>();
    Map<String, String> inputs = new LinkedHashMap<>();
    for (ComparedModel model : settings.models()) {
      String name = model.name() + ": ";
      facts.put(name + "model", sha256(weights(model.folder()), inputs));
      facts.put(name + "calibration text", sha256(model.calibration(), inputs));
      facts.put(name + "held-out text", sha256(List.of(model.heldOut()), inputs));
      for (Path file : model.also()) {
        facts.put(name + ALSO + file, sha256(weights(file), inputs));
      }
      facts.put(name + "window", written(model.window().isPresent(), model.window().orElse(0)));
      facts.put(name + "windows", written(model.windows().isPresent(), model.windows().orElse(0)));
      said(settings.template().of(model))
          .forEach((setting, value) -> facts.put(name + setting, value));
    }
    facts.put("computation", settings.computation().toString());
    facts.put("tasks", settings.tasks().words());
    facts.putAll(Versions.deciding());
    return new Facts(facts, inputs);
  }

  /** Those that are settings, as far as they were said or are always there. */
  Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>(deciding);
    Versions.deciding().keySet().forEach(settings::remove);
    settings
        .entrySet()
        .removeIf(each ->
            each.getValue().equals(DEFAULT)
                || each.getKey().contains(": " + ALSO)
                || DIGESTS.stream().anyMatch(digest -> each.getKey().endsWith(": " + digest)));
    return settings;
  }

  /**
   * Every setting that there is but those that tell cells apart, so that one that is said later is
   * seen to differ from none: the general ones as they are, those of methods and allocations as
   * they were said, or that they were not.
   */
  private static Map<String, String> said(Compression compression) throws CompotException {
    Map<String, String> said = new TreeMap<>();
    SaidSettings.names().forEach(name -> said.put(name, DEFAULT));
    said.putAll(compression.said());
    CompressionSettings settings = compression.forgiving().settings();
    said.putAll(GeneralSettings.SCHEMA.describe(settings.general()));
    said.put("quick", String.valueOf(compression.isQuick()));
    said.put("overrides", Recipe.overrides(settings).toString());
    said.keySet().removeAll(List.of(SaidSettings.METHOD, SaidSettings.ALLOCATION));
    said.keySet().removeAll(Asked.SETTINGS);
    return said;
  }

  private static String written(boolean present, Object value) {
    return present ? value.toString() : DEFAULT;
  }

  private static List<Path> weights(Path folder) throws FailureException {
    if (!Files.isDirectory(folder)) {
      return List.of(folder);
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".safetensors") || file.endsWith("config.json"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  private static String sha256(List<Path> files, Map<String, String> inputs)
      throws FailureException {
    var digest = Sha256.begin();
    for (Path file : files) {
      try {
        byte[] own = Sha256.bytesOf(file);
        inputs.put(file.toString(), HexFormat.of().formatHex(own));
        digest.update(own);
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
