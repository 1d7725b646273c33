package io.compot.gguf;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.file.SourceFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A GGUF file (version 2 or 3, little-endian) of any size. Opening checks the whole header against
 * the file's size; data is read only where it is used, and refused where the file has changed
 * since.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
public final class GgufFile implements AutoCloseable {

  private final SourceFile source;
  private final GgufHeader header;

  private GgufFile(SourceFile source, GgufHeader header) {
    this.source = source;
    this.header = header;
  }

  /**
   * Opens the file and checks its header.
   *
   * @throws InputException naming the file and the key or tensor where any rule of the format is
   *     broken
   */
  public static GgufFile open(Path file) throws InputException {
    if (!Files.isRegularFile(file)) {
      throw InputException.in(file, "there is no such file", "give a .gguf file");
    }
    SourceFile source = SourceFile.open(file);
    try {
      return new GgufFile(source, GgufHeader.read(source));
    } catch (InputException | RuntimeException e) {
      source.close();
      throw e;
    }
  }

  /** The file. */
  public Path file() {
    return source.file();
  }

  /** All metadata, in the file's order. */
  public SequencedMap<String, GgufValue> metadata() {
    return header.metadata();
  }

  /** All tensors, in the file's order. */
  public Collection<GgufTensor> tensors() {
    return header.tensors().values().stream().map(GgufHeader.Entry::tensor).toList();
  }

  /** The tensor of a name. */
  public Optional<GgufTensor> find(String name) {
    return Optional.ofNullable(header.tensors().get(name)).map(GgufHeader.Entry::tensor);
  }

  /** Where the data section begins. */
  public long dataBegin() {
    return header.data();
  }

  /**
   * Reads a part of a tensor's bytes.
   *
   * @param from first byte, counted from the tensor's begin
   * @param into native memory, filled whole
   * @throws InputException where there is no such tensor, or the file has changed
   */
  public void read(String name, long from, MemorySegment into) throws InputException {
    GgufHeader.Entry entry = header.tensors().get(name);
    if (entry == null) {
      throw InputException.in(
          source.file(),
          "tensor " + Shown.of(name),
          "there is no tensor of this name",
          "the file is incomplete or of another architecture than it says");
    }
    if (from < 0 || into.byteSize() > entry.tensor().bytes() - from) {
      throw new IllegalArgumentException(
          "%s has no %d bytes from %d on".formatted(name, into.byteSize(), from));
    }
    source.read(header.data() + entry.begin() + from, into);
  }

  @Override
  public void close() {
    source.close();
  }
}
