package io.compot.checkpoint;

import io.compot.error.InputException;
import io.compot.error.Quoted;
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
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What lies in a folder that should hold a checkpoint, and advice where it does not. */
public final class CheckpointFolder {

  private static final String WEIGHTS = ShardIndex.WHOLE;
  private static final String INDEX = ShardIndex.NAME;

  private static final Pattern SIDE_FILE =
      Pattern.compile(
          "tokenizer.*|special_tokens_map\\.json|added_tokens\\.json|vocab\\..*|merges\\.txt"
              + "|generation_config\\.json|chat_template.*|(pre)?processor_config\\.json"
              + "|normalizer\\.json|.*\\.tiktoken|(spiece|sentencepiece.*)\\.model"
              + "|(LICEN[CS]E|NOTICE|COPYING|USE_POLICY).*",
          Pattern.CASE_INSENSITIVE);

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
              "names the shard " + Quoted.of(shard) + ", which is not there",
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

  /** Files that come along unchanged, sorted. */
  static List<Path> sideFiles(Path folder) throws InputException {
    return FolderNames.of(folder).stream()
        .filter(name -> SIDE_FILE.matcher(name).matches())
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .toList();
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

  private static InputException refuseWithoutWeights(Path folder, List<String> names) {
    String missing = "there is no " + WEIGHTS + " and no " + INDEX;
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

  private static boolean any(List<String> names, String... endings) {
    return names.stream().anyMatch(name -> Stream.of(endings).anyMatch(name::endsWith));
  }
}
