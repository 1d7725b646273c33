package io.compot.safetensors;

import io.compot.error.InputException;
import io.compot.error.Shown;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The tensors of one or several safetensors files of a folder; owns the files. */
public final class WeightFiles implements WeightSource, AutoCloseable {

  private final Path folder;
  private final List<SafetensorsFile> files;
  private final Map<String, SafetensorsFile> fileOf;

  /**
   * Takes opened files.
   *
   * @param folder for messages
   */
  public WeightFiles(Path folder, List<SafetensorsFile> files) {
    this.folder = folder;
    this.files = List.copyOf(files);
    var owners = new TreeMap<String, SafetensorsFile>();
    for (SafetensorsFile file : files) {
      file.names().forEach(name -> owners.put(name, file));
    }
    this.fileOf = Collections.unmodifiableMap(owners);
  }

  /** The files, in the order they were given. */
  public List<Path> paths() {
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
          "tensor " + Shown.of(name),
          "there is no tensor of this name",
          "the checkpoint is incomplete or of another architecture than its config.json says");
    }
    return file;
  }
}
