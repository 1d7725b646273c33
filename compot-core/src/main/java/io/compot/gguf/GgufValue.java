package io.compot.gguf;

import java.util.List;

/** A value of a GGUF file's metadata, with the type that it is stored in. */
public sealed interface GgufValue {

  /** The stored type. */
  ValueType type();

  /** A whole number; one of type U64 above the range of long stands as its bits. */
  record Whole(ValueType type, long value) implements GgufValue {}

  /** A number of type F32 or F64; NaN and infinities are possible. */
  record Real(ValueType type, double value) implements GgufValue {}

  /** True or false. */
  record Flag(boolean value) implements GgufValue {
    @Override
    public ValueType type() {
      return ValueType.BOOL;
    }
  }

  /** A text. */
  record Text(String value) implements GgufValue {
    @Override
    public ValueType type() {
      return ValueType.STRING;
    }
  }

  /** A list of values of one type. */
  record Items(ValueType element, List<GgufValue> values) implements GgufValue {

    public Items {
      values = List.copyOf(values);
      for (GgufValue value : values) {
        if (value.type() != element) {
          throw new IllegalArgumentException(
              "an item of type " + value.type() + " among " + element);
        }
      }
    }

    @Override
    public ValueType type() {
      return ValueType.ARRAY;
    }
  }

  /** A U32. */
  static GgufValue u32(long value) {
    return new Whole(ValueType.U32, value);
  }

  /** An F32. */
  static GgufValue f32(double value) {
    return new Real(ValueType.F32, value);
  }

  /** A text. */
  static GgufValue text(String value) {
    return new Text(value);
  }

  /** Texts. */
  static GgufValue texts(List<String> values) {
    return new Items(ValueType.STRING, values.stream().<GgufValue>map(Text::new).toList());
  }
}
