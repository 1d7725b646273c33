package io.compot.safetensors;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.file.ForeignContent;
import io.compot.file.SourceFile;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.util.ByteBufferBackedInputStream;

/**
 * A safetensors file of any size: an unsigned 64-bit little-endian header length, that many bytes
 * of JSON, then the data. Opening checks the header against the file's size before anything is
 * allocated; data is read only where it is used, and refused where the file has changed since.
 */
public final class SafetensorsFile implements WeightSource, AutoCloseable {

  /** The longest header that the format allows. */
  static final long MAX_HEADER = 100_000_000;

  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final SourceFile source;
  private final long data;
  private final SafetensorsHeader header;

  private SafetensorsFile(SourceFile source, long data, SafetensorsHeader header) {
    this.source = source;
    this.data = data;
    this.header = header;
  }

  /**
   * Opens the file and checks its header.
   *
   * @throws InputException naming the file and the tensor where any rule of the format is broken
   */
  public static SafetensorsFile open(Path file) throws InputException {
    if (!Files.isRegularFile(file)) {
      throw InputException.in(
          file, "there is no such file", "complete the download of the checkpoint");
    }
    SourceFile source = SourceFile.open(file);
    try (var arena = Arena.ofConfined()) {
      long length = headerLength(source, arena);
      MemorySegment json = arena.allocate(length);
      source.read(Long.BYTES, json);
      checkPadding(file, json);
      // A decoder that is given explicitly reports malformed UTF-8 instead of replacing it.
      var reader =
          new InputStreamReader(
              new ByteBufferBackedInputStream(json.asByteBuffer()),
              StandardCharsets.UTF_8.newDecoder());
      long data = Long.BYTES + length;
      return new SafetensorsFile(
          source, data, SafetensorsHeader.parse(file, reader, source.size() - data));
    } catch (InputException | RuntimeException e) {
      source.close();
      throw e;
    }
  }

  /** The file. */
  public Path file() {
    return source.file();
  }

  /** The free-form strings under {@code __metadata__}. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  @Override
  public Set<String> names() {
    return header.tensors().keySet();
  }

  @Override
  public boolean has(String name) {
    return header.tensors().containsKey(name);
  }

  @Override
  public TensorInfo info(String name) throws InputException {
    return entry(name).info();
  }

  @Override
  public Path file(String name) throws InputException {
    entry(name);
    return source.file();
  }

  @Override
  public void read(String name, long from, MemorySegment into) throws InputException {
    var entry = entry(name);
    if (from < 0 || into.byteSize() > entry.end() - entry.begin() - from) {
      throw new IllegalArgumentException(
          "%s has no %d bytes from %d on".formatted(name, into.byteSize(), from));
    }
    source.read(data + entry.begin() + from, into);
  }

  @Override
  public void close() {
    source.close();
  }

  private SafetensorsHeader.Entry entry(String name) throws InputException {
    var entry = header.tensors().get(name);
    if (entry == null) {
      throw InputException.in(
          source.file(),
          "tensor " + Shown.of(name),
          "there is no tensor of this name",
          "the checkpoint is incomplete or of another architecture than its config.json says");
    }
    return entry;
  }

  private static long headerLength(SourceFile source, Arena arena) throws InputException {
    Path file = source.file();
    long size = source.size();
    long room = size - Long.BYTES;
    MemorySegment first = arena.allocate(Math.min(size, 64));
    source.read(0, first);
    long length = size < Long.BYTES ? 0 : first.get(U64, 0);
    boolean inside = length > 0 && length <= room && length <= MAX_HEADER;
    if (inside && first.get(ValueLayout.JAVA_BYTE, Long.BYTES) == '{') {
      return length;
    }
    byte[] start = first.toArray(ValueLayout.JAVA_BYTE);
    Optional<ForeignContent> foreign = ForeignContent.of(start);
    if (foreign.isPresent()) {
      throw foreign.get().refuse(file);
    }
    String problem;
    if (size <= Long.BYTES) {
      problem = "%d bytes are too few for a safetensors file".formatted(size);
    } else if (inside) {
      problem = "the header does not begin with '{'";
    } else {
      problem =
          "the header length is %s, but must be from 1 to %d in a file of %d bytes"
              .formatted(Long.toUnsignedString(length), Math.min(room, MAX_HEADER), size);
    }
    throw InputException.in(
        file, problem, "this is no safetensors file, or the download was cut off: fetch it again");
  }

  private static void checkPadding(Path file, MemorySegment json) throws InputException {
    long last = json.byteSize() - 1;
    while (last > 0 && json.get(ValueLayout.JAVA_BYTE, last) == ' ') {
      last--;
    }
    if (json.get(ValueLayout.JAVA_BYTE, last) != '}') {
      throw InputException.in(
          file,
          "the header does not end with '}' and spaces",
          "the file is damaged or was cut off: fetch it again");
    }
  }
}
