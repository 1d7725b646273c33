package io.compot.checkpoint;

import io.compot.error.InputException;
import io.compot.file.Sha256;
import io.compot.foreign.GgufModel;
import io.compot.foreign.GroupedWeights;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightFiles;
import io.compot.safetensors.WeightSource;
import io.compot.text.ConfigFile;
import io.compot.tokenizer.TextTokenizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model in Hugging Face layout: {@code config.json}, weights in one {@code model.safetensors} or
 * in shards under {@code model.safetensors.index.json}, and the files that come along. Other
 * programs' formats are given as if they were that, quantised weights in single precision. Weights
 * are read where they are used.
 */
public final class Checkpoint implements ModelSource {

  private final Path folder;
  private final ConfigFile config;
  private final Optional<CompressionSection> compression;
  private final WeightSource weights;
  private final OnDisk files;

  /**
   * What lies on disk.
   *
   * @param weights the files that hold them
   * @param tokenizer the folder that holds the tokenizer
   * @param side what goes along
   * @param owner is closed with the checkpoint
   */
  private record OnDisk(List<Path> weights, Path tokenizer, SideFiles side, Runnable owner) {}

  private Checkpoint(
      Path folder,
      ConfigFile config,
      Optional<CompressionSection> compression,
      WeightSource weights,
      OnDisk files) {
    this.folder = folder;
    this.config = config;
    this.compression = compression;
    this.weights = weights;
    this.files = files;
  }

  /**
   * Opens a checkpoint and checks everything that can be checked without knowing the model family:
   * the configuration's syntax, all headers and the index of its weights, and its tokenizer.
   *
   * @param path a folder in Hugging Face layout, its weights plain or as compressed-tensors and
   *     GPTQ pack them; or a GGUF file
   * @throws InputException naming the file, what is wrong with it and what to do
   */
  public static Checkpoint open(Path path) throws InputException {
    return CheckpointFolder.isGguf(path) ? openGguf(path) : openFolder(path);
  }

  private static Checkpoint openFolder(Path folder) throws InputException {
    CheckpointFolder.check(folder);
    ConfigFile config = ConfigFile.read(folder.resolve("config.json"));
    config.text("model_type");
    SideFiles side = SideFiles.of(folder);
    TextTokenizer.check(folder, config);
    var weights = new WeightFiles(folder, CheckpointFolder.openWeights(folder));
    try {
      var files = new OnDisk(weights.paths(), folder, side, weights::close);
      if (GroupedWeights.said(config) && !CompressionSection.ours(config)) {
        var decoded = new GroupedWeights(weights, config);
        return new Checkpoint(
            folder, GroupedWeights.without(config), Optional.empty(), decoded, files);
      }
      return new Checkpoint(
          folder, config, CompressionSection.read(config, weights), weights, files);
    } catch (InputException | RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  private static Checkpoint openGguf(Path file) throws InputException {
    GgufModel model = GgufModel.open(file);
    try {
      TextTokenizer.check(model.tokenizerFolder(), model.config());
      List<Path> beside = model.sideFiles().stream().map(Path::getFileName).toList();
      var side = new SideFiles(model.tokenizerFolder(), beside, List.of());
      var files = new OnDisk(List.of(file), model.tokenizerFolder(), side, model::close);
      return new Checkpoint(file, model.config(), Optional.empty(), model.weights(), files);
    } catch (InputException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** Whether it is in another program's format, and only given as if it were Hugging Face's. */
  public boolean isForeign() {
    return !(weights instanceof WeightFiles);
  }

  @Override
  public Path folder() {
    return folder;
  }

  @Override
  public ConfigFile config() {
    return config;
  }

  @Override
  public Optional<CompressionSection> compression() {
    return compression;
  }

  @Override
  public boolean hasTokenizer() {
    return Files.exists(files.tokenizer().resolve(TextTokenizer.FILE));
  }

  @Override
  public TextTokenizer tokenizer() throws InputException {
    return TextTokenizer.open(files.tokenizer(), config);
  }

  @Override
  public SideFiles sideFiles() {
    return files.side();
  }

  /** The files that hold the weights, in the order of their names. */
  public List<Path> weightFiles() {
    return files.weights();
  }

  @Override
  public Map<String, String> digests() throws InputException {
    var digests = new LinkedHashMap<String, String>();
    for (String name : List.of("config.json", TextTokenizer.FILE)) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        digests.put(name, sha256(file));
      }
    }
    for (Path file : weightFiles()) {
      digests.put(file.getFileName().toString(), sha256(file));
    }
    return digests;
  }

  private static String sha256(Path file) throws InputException {
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }

  @Override
  public Set<String> names() {
    return weights.names();
  }

  @Override
  public boolean has(String name) {
    return weights.has(name);
  }

  @Override
  public TensorInfo info(String name) throws InputException {
    return weights.info(name);
  }

  @Override
  public Stored stored(String name) throws InputException {
    return weights.stored(name);
  }

  @Override
  public Path file(String name) throws InputException {
    return weights.file(name);
  }

  @Override
  public void read(String name, long from, MemorySegment into) throws InputException {
    weights.read(name, from, into);
  }

  @Override
  public void close() {
    files.owner().run();
  }
}
