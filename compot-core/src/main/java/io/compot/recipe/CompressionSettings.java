package io.compot.recipe;

import io.compot.allocation.AllocationSettings;
import io.compot.method.CompressionMethod;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Everything that decides a compression's bytes, as values within their bounds.
 *
 * @param general what holds for every compression
 * @param method the general one, with its settings
 * @param allocation how the budget is split, with its settings
 * @param calibration text files, plain or JSON lines
 * @param digests SHA-256 that calibration files must have, in hexadecimal, of those where it is
 *     known
 * @param overrides what holds for single projections in place of these settings, in order
 */
public record CompressionSettings(
    GeneralSettings general,
    CompressionMethod method,
    AllocationSettings allocation,
    List<Path> calibration,
    Map<Path, String> digests,
    List<ProjectionOverride> overrides) {

  public CompressionSettings {
    calibration = List.copyOf(calibration);
    digests = Map.copyOf(digests);
    overrides = List.copyOf(overrides);
  }

  /** The same with so many bits a weight in place of a budget that is searched for. */
  public CompressionSettings at(double bits) {
    return new CompressionSettings(
        general.at(bits), method, allocation, calibration, digests, overrides);
  }

  /** How small the chosen projections are to become. */
  public Budget budget() {
    return general.budget();
  }

  /** Of the choice of windows and of random initialisation. */
  public long seed() {
    return general.seed();
  }

  /**
   * All settings by name, as JSON has them, but for calibration files and overrides: method and
   * allocation, then what is said of each, then what holds for all. Of those that say the budget,
   * the one that does.
   */
  public SequencedMap<String, Object> described() {
    SequencedMap<String, Object> all = new LinkedHashMap<>();
    all.put("method", method.name());
    all.putAll(method.settings());
    all.put("allocation", allocation.name());
    all.putAll(allocation.settings());
    all.putAll(GeneralSettings.SCHEMA.plain(general));
    String named =
        switch (general.budget()) {
          case Budget.Removed _ -> "ratio";
          case Budget.BitsAWeight _ -> "bits";
          case Budget.FileSize _, Budget.FilePart _ -> "size";
          case Budget.MostDivergence _ -> "max-kl";
          case Budget.MostRise _ -> "max-rise";
          case Budget.ByMethod _ -> "";
        };
    if (!general.budget().isSearched()) {
      all.remove("guard");
    }
    GeneralSettings.BUDGETS.stream().filter(each -> !each.equals(named)).forEach(all::remove);
    return all;
  }
}
