package io.compot.evaluation.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file that may hold a data set, as its path says: {@code piqa_validation.jsonl}, {@code
 * piqa/validation.jsonl}, {@code ai2_arc/ARC-Easy/test-00000-of-00001.parquet}.
 *
 * @param split "train", "validation", "test", "dev", or empty where the name does not say
 * @param stem folder and name without shard number and endings: equal for shards of one table
 * @param shards how many shards the name speaks of; 1 where it speaks of none
 * @param folders lower-case names of the folders between the data folder and the file
 */
record SplitFile(Path file, String split, String stem, int shards, List<String> folders) {

  private static final Pattern ENDINGS = Pattern.compile("\\.(jsonl|json|parquet|raw)(\\.gz)?$");
  private static final Pattern SHARD = Pattern.compile("-\\d{5}-of-(\\d{5})$");
  private static final Set<String> NEUTRAL = Set.of("subset", "sample", "full", "all", "data");

  /**
   * What a path says about this data set.
   *
   * @param relative path inside the data folder
   * @return empty where the path does not name the data set
   */
  static Optional<SplitFile> of(Path file, Path relative, Wanted wanted) {
    String name = ENDINGS.matcher(lower(relative.getFileName())).replaceFirst("");
    Matcher shard = SHARD.matcher(name);
    int shards = 1;
    if (shard.find()) {
      shards = Integer.parseInt(shard.group(1));
      name = shard.replaceFirst("");
    }
    List<String> folders = new ArrayList<>();
    for (int i = 0; i + 1 < relative.getNameCount(); i++) {
      folders.add(lower(relative.getName(i)));
    }
    Optional<String> rest = afterName(name, folders, wanted);
    if (rest.isEmpty()) {
      return Optional.empty();
    }
    String split = "";
    for (String word : rest.get().split("[-_. ]+", -1)) {
      Optional<String> asSplit = split(word);
      if (asSplit.isPresent() && split.isEmpty()) {
        split = asSplit.get();
      } else if (!word.isEmpty()
          && !NEUTRAL.contains(word)
          && !wanted.config().toLowerCase(Locale.ROOT).contains(word)) {
        return Optional.empty();
      }
    }
    return Optional.of(
        new SplitFile(file, split, String.join("/", folders) + "/" + name, shards, folders));
  }

  /** What follows the data set's name in the file name; all of it where a folder carries it. */
  private static Optional<String> afterName(String file, List<String> folders, Wanted wanted) {
    for (String each : wanted.names()) {
      String name = each.toLowerCase(Locale.ROOT);
      if (file.equals(name)) {
        return Optional.of("");
      }
      if (file.startsWith(name) && "-_.".indexOf(file.charAt(name.length())) >= 0) {
        return Optional.of(file.substring(name.length()));
      }
    }
    boolean inFolder =
        wanted.names().stream().anyMatch(name -> folders.contains(name.toLowerCase(Locale.ROOT)));
    return inFolder ? Optional.of(file) : Optional.empty();
  }

  private static Optional<String> split(String word) {
    return switch (word) {
      case "train" -> Optional.of("train");
      case "validation", "valid", "val" -> Optional.of("validation");
      case "dev" -> Optional.of("dev");
      case "test" -> Optional.of("test");
      default -> Optional.empty();
    };
  }

  private static String lower(Path path) {
    return path.toString().toLowerCase(Locale.ROOT);
  }
}
