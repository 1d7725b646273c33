package io.compot.evaluation.data;

import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.text.rows.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A folder of data sets, found by the names of folders and files. Remembers the rows it read. */
public final class DataFolder {

  private static final int DEPTH = 6;

  private static final String UNNAMED = "unnamed";

  private final Path folder;
  private final List<Path> files;
  private final Map<List<Path>, DataTable> read = new HashMap<>();

  private DataFolder(Path folder, List<Path> files) {
    this.folder = folder;
    this.files = files;
  }

  /**
   * Lists a folder.
   *
   * @throws InputException where it is none or cannot be read
   */
  public static DataFolder open(Path folder) throws InputException {
    if (!Files.isDirectory(folder)) {
      throw InputException.in(
          folder, "there is no such folder", "give the folder that holds the data sets");
    }
    try (Stream<Path> walk = Files.walk(folder, DEPTH)) {
      return new DataFolder(
          folder,
          walk.filter(file -> DataFile.readable(file.getFileName().toString()))
              .filter(Files::isRegularFile)
              .sorted()
              .toList());
    } catch (IOException e) {
      throw new InputException(folder + ": cannot be listed (" + e + "); check permissions", e);
    }
  }

  /**
   * The rows of one split of a data set.
   *
   * @param split "train", "validation", "dev" or "test"
   * @param unnamed whether a file whose name says no split will do
   * @throws InputException where there is no file, where there are several or one is damaged
   */
  public DataTable table(Wanted wanted, String split, boolean unnamed)
      throws InputException, UsageException {
    List<SplitFile> all = candidates(wanted);
    List<SplitFile> chosen = ofSplit(all, split);
    if (chosen.isEmpty() && split.equals("validation")) {
      chosen = ofSplit(all, "dev");
    }
    if (chosen.isEmpty() && unnamed && !wanted.splitNamed()) {
      chosen = ofSplit(all, "");
    }
    if (chosen.isEmpty()) {
      throw missing(wanted, split, all);
    }
    return read(whole(wanted, split, ofConfig(wanted, chosen)));
  }

  private List<SplitFile> candidates(Wanted wanted) {
    List<SplitFile> found = new ArrayList<>();
    for (Path file : files) {
      SplitFile.of(file, folder.relativize(file), wanted).ifPresent(found::add);
    }
    return found;
  }

  private static List<SplitFile> ofSplit(List<SplitFile> all, String split) {
    return all.stream().filter(each -> each.split().equals(split)).toList();
  }

  /** The hub's folders of other configurations lie beside the right one. */
  private static List<SplitFile> ofConfig(Wanted wanted, List<SplitFile> chosen) {
    String config = wanted.parted() && wanted.config().isEmpty() ? "all" : wanted.config();
    List<SplitFile> right =
        chosen.stream()
            .filter(each -> each.folders().contains(config.toLowerCase(Locale.ROOT)))
            .toList();
    return right.isEmpty() ? chosen : right;
  }

  private List<Path> whole(Wanted wanted, String split, List<SplitFile> chosen)
      throws InputException, UsageException {
    Map<String, List<SplitFile>> tables =
        chosen.stream()
            .collect(Collectors.groupingBy(SplitFile::stem, TreeMap::new, Collectors.toList()));
    if (tables.size() > 1 && !wanted.parted()) {
      throw new UsageException(
          "%s: several files may be %s, split %s: %s; keep one of them"
              .formatted(
                  folder,
                  wanted.names().getFirst(),
                  split,
                  chosen.stream()
                      .map(each -> folder.relativize(each.file()).toString())
                      .limit(4)
                      .collect(Collectors.joining(", "))));
    }
    for (List<SplitFile> shards : tables.values()) {
      SplitFile first = shards.getFirst();
      if (shards.size() != first.shards()) {
        throw InputException.in(
            first.file(),
            "the data set has %d files of this kind, the folder has %d"
                .formatted(first.shards(), shards.size()),
            "download them all and keep each once");
      }
    }
    return chosen.stream().map(SplitFile::file).sorted().toList();
  }

  private DataTable read(List<Path> paths) throws InputException {
    DataTable known = read.get(paths);
    if (known != null) {
      return known;
    }
    List<Row> rows = new ArrayList<>();
    Map<String, String> digests = new TreeMap<>();
    for (Path path : paths) {
      rows.addAll(DataFile.rows(path));
      digests.put(folder.relativize(path).toString(), DataFile.digest(path));
    }
    DataTable table = new DataTable(rows, digests);
    read.put(paths, table);
    return table;
  }

  private InputException missing(Wanted wanted, String split, List<SplitFile> all) {
    String name = wanted.names().getFirst();
    if (all.isEmpty()) {
      return InputException.in(
          folder,
          "there is no file of the data set " + name,
          "put %s_%s.jsonl there, or the hub's folder %s with its parquet files"
              .formatted(name, split, name));
    }
    var splits = new TreeSet<String>();
    all.forEach(each -> splits.add(each.split().isEmpty() ? UNNAMED : each.split()));
    return InputException.in(
        folder,
        "data set %s: there is no split %s, only %s (%s)"
            .formatted(
                name,
                split,
                String.join(", ", splits),
                folder.relativize(all.getFirst().file()).toString()),
        splits.stream()
            .filter(each -> !each.equals(UNNAMED))
            .findFirst()
            .map(each -> "add that split, or name the one to measure as in " + name + ":" + each)
            .orElse("add that split, or name the file %s_%s.jsonl".formatted(name, split)));
  }
}
