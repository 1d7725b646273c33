package io.compot.checkpoint;

import io.compot.error.InputException;
import io.compot.error.Quoted;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import io.compot.text.ConfigFile;
import io.compot.tokenizer.TextTokenizer;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A model in Hugging Face layout: {@code config.json}, weights in one {@code model.safetensors} or
 * in shards under {@code model.safetensors.index.json}, and the files that come along. Weights are
 * read where they are used.
 */
public final class Checkpoint implements WeightSource, AutoCloseable {

  private final Path folder;
  private final ConfigFile config;
  private final Optional<CompressionSection> compression;
  private final List<SafetensorsFile> files;
  private final Map<String, SafetensorsFile> fileOf;

  private Checkpoint(
      Path folder,
      ConfigFile config,
      Optional<CompressionSection> compression,
      List<SafetensorsFile> files) {
    this.folder = folder;
    this.config = config;
    this.compression = compression;
    this.files = List.copyOf(files);
    var owners = new TreeMap<String, SafetensorsFile>();
    for (SafetensorsFile file : files) {
      file.names().forEach(name -> owners.put(name, file));
    }
    this.fileOf = Collections.unmodifiableMap(owners);
  }

  /**
   * Opens a checkpoint folder and checks everything that can be checked without knowing the model
   * family: the configuration's syntax, all headers and the index of its weights, and its
   * tokenizer.
   *
   * @throws InputException naming the file, what is wrong with it and what to do
   */
  public static Checkpoint open(Path folder) throws InputException {
    CheckpointFolder.check(folder);
    ConfigFile config = ConfigFile.read(folder.resolve("config.json"));
    config.text("model_type");
    if (config.has("quantization_config")) {
      throw config.refuse(
          "quantization_config",
          "the weights are quantised (" + config.shown("quantization_config") + ")",
          "use the checkpoint in BF16, F16 or F32 that it was made from");
    }
    TextTokenizer.check(folder, config);
    Optional<CompressionSection> compression = CompressionSection.read(config);
    var checkpoint =
        new Checkpoint(folder, config, compression, CheckpointFolder.openWeights(folder));
    try {
      if (compression.isPresent()) {
        compression.get().check(config, checkpoint);
      }
      return checkpoint;
    } catch (InputException | RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  /** The fields of {@code config.json}. */
  public ConfigFile config() {
    return config;
  }

  /** How the weights are packed; empty for an ordinary checkpoint. */
  public Optional<CompressionSection> compression() {
    return compression;
  }

  /** Whether there is a {@code tokenizer.json}. */
  public boolean hasTokenizer() {
    return Files.exists(folder.resolve(TextTokenizer.FILE));
  }

  /**
   * Loads the tokenizer; the caller closes it.
   *
   * @throws InputException where there is none of a kind that can be read, with advice
   */
  public TextTokenizer tokenizer() throws InputException {
    return TextTokenizer.open(folder, config);
  }

  /**
   * The files that belong to the model beside configuration and weights, and go unchanged into
   * every checkpoint made from it: tokenizer, generation settings, chat templates, licences.
   */
  public List<Path> sideFiles() throws InputException {
    return CheckpointFolder.sideFiles(folder);
  }

  /** The files that hold the weights, in the order of their names. */
  public List<Path> weightFiles() {
    return files.stream().map(SafetensorsFile::file).toList();
  }

  @Override
  public Set<String> names() {
    return fileOf.keySet();
  }

  @Override
  public boolean has(String name) {
    return fileOf.containsKey(name);
  }

  @Override
  public TensorInfo info(String name) throws InputException {
    return holder(name).info(name);
  }

  @Override
  public Path file(String name) throws InputException {
    return holder(name).file();
  }

  @Override
  public void read(String name, long from, MemorySegment into) throws InputException {
    holder(name).read(name, from, into);
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }

  private SafetensorsFile holder(String name) throws InputException {
    SafetensorsFile file = fileOf.get(name);
    if (file == null) {
      throw InputException.in(
          folder,
          "tensor " + Quoted.of(name),
          "there is no tensor of this name",
          "the checkpoint is incomplete or of another architecture than its config.json says");
    }
    return file;
  }
}
