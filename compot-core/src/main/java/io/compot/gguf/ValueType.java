package io.compot.gguf;

import java.util.Optional;

/** The types of metadata values, in the order of their ids in files. */
public enum ValueType {
  U8(0, 1),
  I8(1, 1),
  U16(2, 2),
  I16(3, 2),
  U32(4, 4),
  I32(5, 4),
  F32(6, 4),
  BOOL(7, 1),
  STRING(8, 8),
  ARRAY(9, 12),
  U64(10, 8),
  I64(11, 8),
  F64(12, 8);

  private final int id;

  private final int bytes;

  ValueType(int id, int bytes) {
    this.id = id;
    this.bytes = bytes;
  }

  /** The id in files. */
  public int id() {
    return id;
  }

  /** The fewest bytes that a value of this type takes. */
  int leastBytes() {
    return bytes;
  }

  /** The type of an id in a file. */
  static Optional<ValueType> of(int id) {
    return id >= 0 && id < values().length ? Optional.of(values()[id]) : Optional.empty();
  }
}
