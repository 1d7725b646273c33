package io.compot.gguf;

import io.compot.error.InputException;
import io.compot.gguf.GgufValue.Flag;
import io.compot.gguf.GgufValue.Items;
import io.compot.gguf.GgufValue.Real;
import io.compot.gguf.GgufValue.Text;
import io.compot.gguf.GgufValue.Whole;
import java.util.ArrayList;

/** Reads metadata values, of bounded number and nesting. */
final class ValueReader {

  /** Items of all lists of a file together: vocabularies have up to a million. */
  private static final int MOST_ITEMS = 1 << 23;

  private static final int DEEPEST = 4;

  private final HeaderCursor cursor;
  private long items;

  ValueReader(HeaderCursor cursor) {
    this.cursor = cursor;
  }

  /** The value behind a key: its type, then itself. */
  GgufValue read(String key) throws InputException {
    return value(key, type(key), 0);
  }

  private ValueType type(String key) throws InputException {
    int id = cursor.i32(key);
    return ValueType.of(id)
        .orElseThrow(() ->
            cursor.refuse(
                key,
                "its type is %s, known are 0 to %d"
                    .formatted(Integer.toUnsignedString(id), ValueType.values().length - 1)));
  }

  private GgufValue value(String key, ValueType type, int depth) throws InputException {
    return switch (type) {
      case U8 -> new Whole(type, cursor.u8(key));
      case I8 -> new Whole(type, (byte) cursor.u8(key));
      case U16 -> new Whole(type, cursor.u16(key));
      case I16 -> new Whole(type, (short) cursor.u16(key));
      case U32 -> new Whole(type, Integer.toUnsignedLong(cursor.i32(key)));
      case I32 -> new Whole(type, cursor.i32(key));
      case U64, I64 -> new Whole(type, cursor.i64(key));
      case F32 -> new Real(type, Float.intBitsToFloat(cursor.i32(key)));
      case F64 -> new Real(type, Double.longBitsToDouble(cursor.i64(key)));
      case BOOL -> flag(key);
      case STRING -> new Text(cursor.text(key));
      case ARRAY -> array(key, depth + 1);
    };
  }

  private GgufValue flag(String key) throws InputException {
    int value = cursor.u8(key);
    if (value > 1) {
      throw cursor.refuse(key, "a truth value is %d, expected 0 or 1".formatted(value));
    }
    return new Flag(value == 1);
  }

  private GgufValue array(String key, int depth) throws InputException {
    if (depth > DEEPEST) {
      throw cursor.refuse(key, "its lists are nested more than %d deep".formatted(DEEPEST));
    }
    ValueType element = type(key);
    long room = Math.min(MOST_ITEMS - items, cursor.left() / element.leastBytes());
    long count = cursor.count(key + " (its number of items)", room);
    items += count;
    var values = new ArrayList<GgufValue>();
    for (long i = 0; i < count; i++) {
      values.add(value(key, element, depth));
    }
    return new Items(element, values);
  }
}
