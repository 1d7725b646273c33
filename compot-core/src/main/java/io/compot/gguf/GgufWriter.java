package io.compot.gguf;

import io.compot.error.FailureException;
import io.compot.file.WholeFile;
import io.compot.gguf.GgufValue.Flag;
import io.compot.gguf.GgufValue.Items;
import io.compot.gguf.GgufValue.Real;
import io.compot.gguf.GgufValue.Text;
import io.compot.gguf.GgufValue.Whole;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Writes a GGUF file (version 3, little-endian) of any size as a stream: metadata and all tensors
 * are declared first, then their data comes in any order and in parts. The same tensors give the
 * same bytes. The file appears whole in {@link #finish()} or not at all.
 */
public final class GgufWriter implements AutoCloseable {

  private final WholeFile output;
  private final Map<String, Long> begins;
  private final Map<String, Long> missing = new HashMap<>();
  private final long end;

  /**
   * Declares metadata and tensors and writes the header.
   *
   * @throws IllegalArgumentException where a name occurs twice
   * @throws FailureException where the file cannot be written
   */
  public GgufWriter(Path file, SequencedMap<String, GgufValue> metadata, List<GgufTensor> tensors)
      throws FailureException {
    var laid = Laid.of(metadata, tensors);
    this.begins = laid.begins;
    this.end = laid.end;
    tensors.forEach(tensor -> missing.put(tensor.name(), tensor.bytes()));
    this.output = new WholeFile(file);
    try {
      output.write(0, ByteBuffer.wrap(laid.header.out.toByteArray()));
    } catch (FailureException e) {
      output.close();
      throw e;
    }
  }

  /** Bytes of the file that metadata and tensors make. */
  public static long bytes(SequencedMap<String, GgufValue> metadata, List<GgufTensor> tensors) {
    return Laid.of(metadata, tensors).end;
  }

  /**
   * Where everything lies.
   *
   * @param header without what fills it up to the data
   * @param begins of tensors in the file
   * @param end of the file
   */
  private record Laid(Bytes header, Map<String, Long> begins, long end) {

    static Laid of(SequencedMap<String, GgufValue> metadata, List<GgufTensor> tensors) {
      long alignment =
          metadata.get(GgufHeader.ALIGNMENT) instanceof Whole whole
              ? whole.value()
              : GgufHeader.USUAL_ALIGNMENT;
      var header = new Bytes();
      header.out.writeBytes(Magic.LETTERS);
      header.u32(Magic.VERSION);
      header.u64(tensors.size());
      header.u64(metadata.size());
      metadata.forEach((key, value) -> {
        header.text(key);
        header.u32(value.type().id());
        header.value(value);
      });
      var begins = new HashMap<String, Long>();
      long offset = 0;
      for (GgufTensor tensor : tensors) {
        header.tensor(tensor, offset);
        if (begins.put(tensor.name(), offset) != null) {
          throw new IllegalArgumentException("declared twice: " + tensor.name());
        }
        offset = GgufHeader.aligned(offset + tensor.bytes(), alignment);
      }
      long data = GgufHeader.aligned(header.out.size(), alignment);
      begins.replaceAll((name, begin) -> data + begin);
      return new Laid(header, begins, data + offset);
    }
  }

  /**
   * Writes a part of a tensor's data; each byte once.
   *
   * @param from first byte, counted from the tensor's begin
   */
  public void write(String name, long from, MemorySegment bytes) throws FailureException {
    Long begin = begins.get(name);
    long left = missing.getOrDefault(name, 0L) - bytes.byteSize();
    if (begin == null || left < 0) {
      throw new IllegalArgumentException(name + " was not declared with so many bytes");
    }
    missing.put(name, left);
    output.write(begin + from, bytes);
  }

  /**
   * Brings the file to disk and under its name.
   *
   * @throws IllegalStateException where data of a declared tensor is missing
   */
  public void finish() throws FailureException {
    missing.values().removeIf(left -> left == 0);
    if (!missing.isEmpty()) {
      throw new IllegalStateException("no data came for " + missing.keySet());
    }
    output.extend(end);
    output.finish();
  }

  /** Removes what was written, unless it was finished. */
  @Override
  public void close() {
    output.close();
  }

  /** Numbers and texts as the header has them. */
  private static final class Bytes {

    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteBuffer number = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);

    void u32(int value) {
      number.clear().putInt(value);
      out.write(number.array(), 0, 4);
    }

    void u64(long value) {
      number.clear().putLong(value);
      out.write(number.array(), 0, 8);
    }

    void text(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      u64(bytes.length);
      out.writeBytes(bytes);
    }

    void value(GgufValue value) {
      switch (value) {
        case Whole(ValueType type, long whole) -> {
          number.clear().putLong(whole);
          out.write(number.array(), 0, type.leastBytes());
        }
        case Real(ValueType type, double real) when type == ValueType.F32 ->
            u32(Float.floatToRawIntBits((float) real));
        case Real real -> u64(Double.doubleToRawLongBits(real.value()));
        case Flag flag -> out.write(flag.value() ? 1 : 0);
        case Text text -> text(text.value());
        case Items items -> {
          u32(items.element().id());
          u64(items.values().size());
          items.values().forEach(this::value);
        }
      }
    }

    void tensor(GgufTensor tensor, long offset) {
      text(tensor.name());
      u32(tensor.shape().size());
      tensor.shape().reversed().forEach(this::u64);
      u32(tensor.type().id());
      u64(offset);
    }
  }
}
