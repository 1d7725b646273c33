package io.compot.checkpoint;

import io.compot.error.InputException;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import tools.jackson.databind.util.ByteBufferBackedInputStream;

/**
 * A safetensors file, mapped into memory whatever its size: an unsigned 64-bit little-endian header
 * length, that many bytes of JSON, then the data. Opening checks the header against the file's size
 * before anything is allocated; data is read only where it is used. The file must not be shortened
 * while it is open.
 */
public final class SafetensorsFile implements WeightSource, AutoCloseable {

  /** The longest header that the format allows. */
  static final long MAX_HEADER = 100_000_000;

  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final Arena arena;
  private final MemorySegment data;
  private final SafetensorsHeader header;

  private SafetensorsFile(Path file, Arena arena, MemorySegment data, SafetensorsHeader header) {
    this.file = file;
    this.arena = arena;
    this.data = data;
    this.header = header;
  }

  /**
   * Maps the file and checks its header.
   *
   * @throws InputException naming the file and the tensor where any rule of the format is broken
   */
  public static SafetensorsFile open(Path file) throws InputException {
    if (!Files.isRegularFile(file)) {
      throw InputException.in(
          file, "there is no such file", "complete the download of the checkpoint");
    }
    Arena arena = Arena.ofShared();
    try {
      MemorySegment mapped = map(file, arena);
      long length = headerLength(file, mapped);
      MemorySegment json = mapped.asSlice(Long.BYTES, length);
      MemorySegment data = mapped.asSlice(Long.BYTES + length);
      checkPadding(file, json);
      // A decoder that is given explicitly reports malformed UTF-8 instead of replacing it.
      var reader =
          new InputStreamReader(
              new ByteBufferBackedInputStream(json.asByteBuffer()),
              StandardCharsets.UTF_8.newDecoder());
      SafetensorsHeader header = SafetensorsHeader.parse(file, reader, data.byteSize());
      return new SafetensorsFile(file, arena, data, header);
    } catch (IOException e) {
      arena.close();
      throw StrictJson.unreadable(file, e);
    } catch (InputException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** The file. */
  public Path file() {
    return file;
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
    return file;
  }

  @Override
  public MemorySegment bytes(String name) throws InputException {
    var entry = entry(name);
    return data.asSlice(entry.begin(), entry.end() - entry.begin());
  }

  /**
   * {@inheritDoc} Where an unpadded header leaves the data at an address that its type may not
   * have, the tensor is a copy.
   */
  @Override
  public Tensor tensor(String name) throws InputException {
    TensorInfo info = info(name);
    MemorySegment bytes = bytes(name);
    Dtype dtype = info.dtype();
    long[] shape = info.shape().stream().mapToLong(Long::longValue).toArray();
    if (bytes.address() % dtype.bytes() == 0) {
      return NativeMemory.tensor(bytes, dtype, shape);
    }
    try (var scope = TensorScope.open();
        var aligned = Arena.ofConfined()) {
      MemorySegment copy = aligned.allocate(bytes.byteSize(), dtype.bytes()).copyFrom(bytes);
      // The clone's memory is libtorch's own, so the arena may go.
      return scope.keep(NativeMemory.tensor(copy, dtype, shape).clone());
    }
  }

  /** Unmaps the file; tensors over its bytes must not be used any more. */
  @Override
  public void close() {
    arena.close();
  }

  private SafetensorsHeader.Entry entry(String name) throws InputException {
    var entry = header.tensors().get(name);
    if (entry == null) {
      throw InputException.in(
          file,
          "tensor " + Quoted.of(name),
          "there is no tensor of this name",
          "the checkpoint is incomplete or of another architecture than its config.json says");
    }
    return entry;
  }

  private static MemorySegment map(Path file, Arena arena) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    }
  }

  private static long headerLength(Path file, MemorySegment mapped) throws InputException {
    long size = mapped.byteSize();
    long room = size - Long.BYTES;
    long length = size < Long.BYTES ? 0 : mapped.get(U64, 0);
    boolean inside = length > 0 && length <= room && length <= MAX_HEADER;
    if (inside && mapped.get(ValueLayout.JAVA_BYTE, Long.BYTES) == '{') {
      return length;
    }
    byte[] start = mapped.asSlice(0, Math.min(size, 64)).toArray(ValueLayout.JAVA_BYTE);
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
