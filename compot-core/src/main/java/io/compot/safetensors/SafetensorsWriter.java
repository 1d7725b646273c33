package io.compot.safetensors;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.Shown;
import io.compot.file.WholeFile;
import io.compot.text.StrictJson;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/**
 * Writes a safetensors file of any size as a stream: all tensors are declared first, then their
 * data comes in any order. The layout is the reference writer's: header padded with spaces to a
 * multiple of 8, tensors by size of their type (largest first), then by name. The same tensors give
 * the same bytes.
 *
 * <p>The file grows under another name beside its place and gets its own name in {@link #finish()},
 * when everything is on disk; {@link #close()} without that leaves nothing behind.
 */
public final class SafetensorsWriter implements TensorSink, AutoCloseable {

  private final Path file;
  private final WholeFile output;
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
  private final Map<String, Long> positions = new LinkedHashMap<>();
  private final Set<String> missing;

  /** Bytes of the file that holds these tensors, the header among them. */
  static long bytes(Collection<TensorInfo> tensors, Map<String, String> metadata) {
    List<TensorInfo> ordered = ordered(tensors);
    long data = ordered.stream().mapToLong(TensorInfo::bytes).sum();
    return Long.BYTES + header(ordered, metadata).length + data;
  }

  private static List<TensorInfo> ordered(Collection<TensorInfo> tensors) {
    return tensors.stream()
        .sorted(
            Comparator.<TensorInfo>comparingInt(info -> -info.dtype().bytes())
                .thenComparing(TensorInfo::name))
        .toList();
  }

  /**
   * Declares the tensors and writes the header.
   *
   * @param metadata free-form strings; transformers wants {@code format = pt}
   * @throws IllegalArgumentException if a name occurs twice or is no valid Unicode
   * @throws FailureException where the file cannot be written
   */
  public SafetensorsWriter(Path file, Collection<TensorInfo> tensors, Map<String, String> metadata)
      throws FailureException {
    this.file = file;
    List<TensorInfo> ordered = ordered(tensors);
    for (TensorInfo info : ordered) {
      if (infos.put(info.name(), info) != null || !Shown.wellFormed(info.name())) {
        throw new IllegalArgumentException("declared twice or no Unicode: " + info.name());
      }
    }
    this.missing = new HashSet<>(infos.keySet());
    byte[] header = header(ordered, metadata);
    long position = (long) Long.BYTES + header.length;
    for (TensorInfo info : ordered) {
      positions.put(info.name(), position);
      position += info.bytes();
    }
    var start = ByteBuffer.allocate(Long.BYTES + header.length).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(header.length).put(header).flip();
    output = new WholeFile(file);
    try {
      output.write(0, start);
    } catch (FailureException e) {
      output.close();
      throw e;
    }
  }

  @Override
  public TensorInfo declared(String name) {
    TensorInfo info = infos.get(name);
    if (info == null) {
      throw new IllegalArgumentException(name + " was not declared for " + file);
    }
    return info;
  }

  @Override
  public void write(String name, MemorySegment bytes) throws FailureException {
    begin(name, bytes.byteSize());
    write(name, 0, bytes);
  }

  @Override
  public void copy(String name, WeightSource source) throws CompotException {
    long size = source.info(name).bytes();
    begin(name, size);
    try (var arena = Arena.ofConfined()) {
      MemorySegment part = arena.allocate(Math.min(WeightSource.PART, size), Long.BYTES);
      for (long done = 0; done < size; done += WeightSource.PART) {
        MemorySegment read = part.asSlice(0, Math.min(WeightSource.PART, size - done));
        source.read(name, done, read);
        write(name, done, read);
      }
    }
  }

  private void begin(String name, long size) {
    TensorInfo info = declared(name);
    if (size != info.bytes()) {
      throw new IllegalArgumentException(
          "%s was declared with %d bytes, but comes with %d".formatted(name, info.bytes(), size));
    }
    if (!missing.remove(name)) {
      throw new IllegalStateException(name + " was written before to " + file);
    }
  }

  private void write(String name, long from, MemorySegment bytes) throws FailureException {
    output.write(positions.getOrDefault(name, 0L) + from, bytes);
  }

  /**
   * Brings the file to disk and under its name.
   *
   * @throws IllegalStateException if a declared tensor was not written
   */
  public void finish() throws FailureException {
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          file + " lacks the data of " + missing.stream().sorted().toList());
    }
    output.finish();
  }

  /** Removes what was written, unless it was finished. */
  @Override
  public void close() {
    output.close();
  }

  private static byte[] header(List<TensorInfo> ordered, Map<String, String> metadata) {
    var text = new StringWriter();
    try (JsonGenerator json =
        StrictJson.FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectPropertyStart("__metadata__");
        new TreeMap<>(metadata).forEach(json::writeStringProperty);
        json.writeEndObject();
      }
      long offset = 0;
      for (TensorInfo info : ordered) {
        json.writeObjectPropertyStart(info.name());
        json.writeStringProperty("dtype", info.dtype().name());
        json.writeArrayPropertyStart("shape");
        info.shape().forEach(json::writeNumber);
        json.writeEndArray();
        json.writeArrayPropertyStart("data_offsets");
        json.writeNumber(offset);
        offset += info.bytes();
        json.writeNumber(offset);
        json.writeEndArray();
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    String padded = text.toString();
    byte[] unpadded = padded.getBytes(StandardCharsets.UTF_8);
    padded += " ".repeat((8 - unpadded.length % 8) % 8);
    byte[] header = padded.getBytes(StandardCharsets.UTF_8);
    if (header.length > SafetensorsFile.MAX_HEADER) {
      throw new IllegalArgumentException("too many tensors for one safetensors file");
    }
    return header;
  }
}
