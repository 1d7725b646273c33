package io.compot.gguf;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.file.SourceFile;
import io.compot.gguf.block.BlockType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalLong;
import java.util.SequencedMap;

/**
 * The header of a GGUF file, checked by every rule of the format before anything is used: known
 * types, counts that the file has room for, whole blocks, products that do not overflow, and data
 * that follows without hole or overlap in the order of the header, as ggml's own reader demands.
 *
 * @param data where the data section begins in the file
 */
record GgufHeader(
    SequencedMap<String, GgufValue> metadata, SequencedMap<String, Entry> tensors, long data) {

  /** A tensor and the begin of its data within the data section. */
  record Entry(GgufTensor tensor, long begin) {}

  static final String ALIGNMENT = "general.alignment";
  static final long USUAL_ALIGNMENT = 32;

  private static final long LARGEST_ALIGNMENT = 1 << 20;
  private static final int LONGEST_KEY = 65535;
  private static final int LONGEST_NAME = 64;
  private static final int MOST_DIMENSIONS = 4;
  private static final int MOST_KEYS = 1 << 16;
  private static final int MOST_TENSORS = 1 << 20;

  /** Type and length of key and value; name, dimensions, type and offset of a tensor. */
  private static final int LEAST_KEY_BYTES = 13;

  private static final int LEAST_TENSOR_BYTES = 32;

  static GgufHeader read(SourceFile source) throws InputException {
    try (var cursor = new HeaderCursor(source)) {
      Magic.check(source, cursor);
      long tensorCount =
          cursor.count("tensor_count", Math.min(MOST_TENSORS, source.size() / LEAST_TENSOR_BYTES));
      long keyCount =
          cursor.count("metadata_kv_count", Math.min(MOST_KEYS, source.size() / LEAST_KEY_BYTES));
      var metadata = new LinkedHashMap<String, GgufValue>();
      var values = new ValueReader(cursor);
      for (long i = 0; i < keyCount; i++) {
        String key = cursor.text("key " + i, LONGEST_KEY);
        if (metadata.put(key, values.read(Shown.of(key))) != null) {
          throw cursor.refuse(Shown.of(key), "the key occurs twice");
        }
      }
      long alignment = alignment(cursor, metadata);
      var listed = new ArrayList<Listed>();
      for (long i = 0; i < tensorCount; i++) {
        listed.add(tensor(cursor, "tensor " + i));
      }
      long data = aligned(cursor.position(), alignment);
      return new GgufHeader(
          Collections.unmodifiableSequencedMap(metadata),
          Collections.unmodifiableSequencedMap(placed(cursor, listed, alignment, data, source)),
          data);
    }
  }

  /** The next multiple of the alignment. */
  static long aligned(long position, long alignment) {
    return Math.ceilDiv(position, alignment) * alignment;
  }

  private record Listed(GgufTensor tensor, long offset) {}

  private static long alignment(HeaderCursor cursor, SequencedMap<String, GgufValue> metadata)
      throws InputException {
    GgufValue value = metadata.get(ALIGNMENT);
    if (value == null) {
      return USUAL_ALIGNMENT;
    }
    if (value instanceof GgufValue.Whole(ValueType type, long alignment)
        && type == ValueType.U32
        && Long.bitCount(alignment) == 1
        && alignment <= LARGEST_ALIGNMENT) {
      return alignment;
    }
    throw cursor.refuse(
        ALIGNMENT, "expected a U32 that is a power of two up to " + LARGEST_ALIGNMENT);
  }

  private static Listed tensor(HeaderCursor cursor, String number) throws InputException {
    String name = cursor.text(number, LONGEST_NAME);
    String what = "tensor " + Shown.of(name);
    int dimensions = cursor.i32(what);
    if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
      throw cursor.refuse(
          what,
          "it has %s dimensions, expected 1 to %d"
              .formatted(Integer.toUnsignedString(dimensions), MOST_DIMENSIONS));
    }
    var shape = new ArrayList<Long>();
    long elements = 1;
    for (int i = 0; i < dimensions; i++) {
      long dimension = cursor.i64(what);
      if (dimension < 1 || dimension > Long.MAX_VALUE / elements) {
        throw cursor.refuse(
            what,
            "dimension %d is %s, which no tensor has"
                .formatted(i, Long.toUnsignedString(dimension)));
      }
      elements *= dimension;
      shape.addFirst(dimension);
    }
    int id = cursor.i32(what);
    BlockType type =
        BlockType.of(id)
            .orElseThrow(() ->
                InputException.in(
                    cursor.file(),
                    what,
                    "its type is %d, which is not known".formatted(id),
                    "use a file with types up to MXFP4, or one that is not quantised"));
    OptionalLong bytes = type.bytes(elements);
    if (bytes.isEmpty() || shape.getLast() % type.elements() != 0) {
      throw cursor.refuse(
          what,
          "rows of %d weights are no whole blocks of %s, which are of %d"
              .formatted(shape.getLast(), type, type.elements()));
    }
    return new Listed(new GgufTensor(name, type, shape, bytes.getAsLong()), cursor.i64(what));
  }

  private static SequencedMap<String, Entry> placed(
      HeaderCursor cursor, List<Listed> listed, long alignment, long data, SourceFile source)
      throws InputException {
    long room = Math.max(0, source.size() - data);
    var tensors = new LinkedHashMap<String, Entry>();
    long expected = 0;
    long end = 0;
    for (Listed next : listed) {
      GgufTensor tensor = next.tensor();
      String what = "tensor " + Shown.of(tensor.name());
      if (next.offset() != expected) {
        throw cursor.refuse(
            what,
            "its data begins at %s, expected %d, where the one before ends"
                .formatted(Long.toUnsignedString(next.offset()), expected));
      }
      if (tensor.bytes() > room - expected) {
        throw cursor.refuse(
            what,
            "its %d bytes from %d on reach past the end of the file's %d bytes of data"
                .formatted(tensor.bytes(), expected, room));
      }
      if (tensors.put(tensor.name(), new Entry(tensor, expected)) != null) {
        throw cursor.refuse(what, "the name occurs twice");
      }
      end = expected + tensor.bytes();
      expected = aligned(end, alignment);
    }
    if (room > expected) {
      throw cursor.refuse(
          "data", "%d bytes behind the last tensor belong to no tensor".formatted(room - end));
    }
    return tensors;
  }
}
