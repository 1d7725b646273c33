package io.compot.checkpoint;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.file.ForeignContent;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.ShardIndex;
import io.compot.text.FolderNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What lies in a folder that should hold a checkpoint, and advice where it does not. */
public final class CheckpointFolder {

  private static final String WEIGHTS = ShardIndex.WHOLE;
  private static final String INDEX = ShardIndex.NAME;

  /** Where the hub's own tools keep the files of each revision, under the root of a model. */
  private static final String SNAPSHOTS = "snapshots";

  private static final int MOST_NAMED = 3;

  private CheckpointFolder() {}

  /** Whether this is a GGUF file, by its name or its first bytes. */
  static boolean isGguf(Path file) throws InputException {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (var in = Files.newInputStream(file)) {
      Path name = file.getFileName();
      return (name != null && name.toString().endsWith(".gguf"))
          || ForeignContent.of(in.readNBytes(64)).filter(ForeignContent.GGUF::equals).isPresent();
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }

  /** Refuses what cannot be a checkpoint folder, each kind with its own advice. */
  static void check(Path folder) throws InputException {
    if (!Files.exists(folder)) {
      throw InputException.in(
          folder,
          "there is no such folder",
          "give the local folder of a downloaded checkpoint, with config.json and "
              + WEIGHTS
              + " in it");
    }
    if (!Files.isDirectory(folder)) {
      throw refuseFile(folder);
    }
    List<String> names = FolderNames.of(folder);
    boolean weights = names.contains(WEIGHTS) || names.contains(INDEX);
    if (!weights) {
      throw refuseWithoutWeights(folder, names);
    }
    if (!names.contains("config.json")) {
      throw InputException.in(
          folder,
          "there is no config.json",
          "complete the checkpoint: config.json names the model");
    }
  }

  /** Opens the weights of a folder that {@link #check} let pass, in the order of their names. */
  static List<SafetensorsFile> openWeights(Path folder) throws InputException {
    if (Files.exists(folder.resolve(WEIGHTS))) {
      return List.of(SafetensorsFile.open(folder.resolve(WEIGHTS)));
    }
    var index = ShardIndex.read(folder.resolve(INDEX));
    var opened = new ArrayList<SafetensorsFile>();
    try {
      for (String shard : new TreeSet<>(index.shardOf().values())) {
        Path file = folder.resolve(shard);
        if (!Files.isRegularFile(file)) {
          throw InputException.in(
              folder.resolve(INDEX),
              "names the shard " + Shown.of(shard) + ", which is not there",
              "complete the download");
        }
        opened.add(SafetensorsFile.open(file));
      }
      index.check(opened);
      return opened;
    } catch (InputException | RuntimeException e) {
      opened.forEach(SafetensorsFile::close);
      throw e;
    }
  }

  private static InputException refuseFile(Path file) throws InputException {
    Optional<ForeignContent> content = Optional.empty();
    if (Files.isRegularFile(file)) {
      try (var in = Files.newInputStream(file)) {
        content = ForeignContent.of(in.readNBytes(64));
      } catch (IOException e) {
        throw InputException.unreadable(file, e);
      }
    }
    return content.isPresent()
        ? content.get().refuse(file)
        : InputException.in(
            file,
            "this is a file, not a folder",
            "give the folder that holds config.json and " + WEIGHTS);
  }

  private static InputException refuseWithoutWeights(Path folder, List<String> names)
      throws InputException {
    String missing = "there is no " + WEIGHTS + " and no " + INDEX;
    List<String> inside = checkpointsInside(folder, names);
    if (!inside.isEmpty()) {
      String where = names.contains(SNAPSHOTS) ? "this is the root of a download cache" : missing;
      return InputException.in(
          folder,
          where + ", but there is a checkpoint in " + Shown.of(String.join(", ", inside)),
          "give that folder");
    }
    if (names.contains("adapter_config.json")) {
      return InputException.in(
          folder,
          missing + ": this is an adapter (adapter_config.json), not a whole model",
          "merge the adapter into its base model and save that as safetensors");
    }
    if (any(names, ".gguf")) {
      return InputException.in(
          folder, missing + ", only GGUF files", "give one of these files in place of the folder");
    }
    if (any(names, ".bin", ".pt", ".pth", ".ckpt", ".pkl")) {
      return InputException.in(
          folder,
          missing + ", only PyTorch pickles, which are never read because they can run code",
          "convert them to safetensors, for instance with transformers' save_pretrained");
    }
    if (any(names, ".safetensors")) {
      return InputException.in(
          folder,
          missing + ", only safetensors files of other names",
          "complete the download: several shards need their index " + INDEX);
    }
    return InputException.in(
        folder, missing, "complete the download, or give the folder that holds the weights");
  }

  /** Folders inside, or inside the snapshots of a hub's cache, that hold weights. */
  private static List<String> checkpointsInside(Path folder, List<String> names)
      throws InputException {
    boolean cache = names.contains(SNAPSHOTS) && Files.isDirectory(folder.resolve(SNAPSHOTS));
    Path parent = cache ? folder.resolve(SNAPSHOTS) : folder;
    var found = new ArrayList<String>();
    for (String name : cache ? FolderNames.of(parent) : names) {
      Path inside = parent.resolve(name);
      if (Files.exists(inside.resolve(WEIGHTS)) || Files.exists(inside.resolve(INDEX))) {
        found.add(cache ? SNAPSHOTS + "/" + name : name);
      }
    }
    return found.size() > MOST_NAMED ? found.subList(0, MOST_NAMED) : found;
  }

  private static boolean any(List<String> names, String... endings) {
    return names.stream().anyMatch(name -> Stream.of(endings).anyMatch(name::endsWith));
  }
}
