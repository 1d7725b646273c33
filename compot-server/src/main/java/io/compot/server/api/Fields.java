package io.compot.server.api;

import io.compot.chat.JsonValues;
import io.compot.error.InputException;
import io.compot.error.Shown;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a JSON object of a request. A null is as if the field was absent; fields that
 * nobody asks for do not matter.
 */
public final class Fields {

  private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);

  private final String prefix;
  private final Map<?, ?> fields;

  private Fields(String prefix, Map<?, ?> fields) {
    this.prefix = prefix;
    this.fields = fields;
  }

  /**
   * Those of a request's body.
   *
   * @throws ApiException where it is no JSON object in UTF-8
   */
  public static Fields read(byte[] body) throws ApiException {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      if (JsonValues.parse(text) instanceof Map<?, ?> fields) {
        return new Fields("", fields);
      }
      throw ApiException.bad(null, "the body is no JSON object");
    } catch (CharacterCodingException e) {
      throw ApiException.bad(null, "the body is no UTF-8 text");
    } catch (InputException e) {
      throw ApiException.bad(null, "the body is " + e.getMessage());
    }
  }

  /** A value's name as errors say it. */
  String name(String field) {
    return prefix + field;
  }

  /** Whether there is such a field. */
  boolean has(String field) {
    return fields.get(field) != null;
  }

  /** The value as it is. */
  @Nullable Object value(String field) {
    return fields.get(field);
  }

  /** A text. */
  Optional<String> text(String field) throws ApiException {
    return switch (fields.get(field)) {
      case null -> Optional.empty();
      case String text -> Optional.of(text);
      default -> throw wrong(field, "a text");
    };
  }

  /** True or false. */
  Optional<Boolean> flag(String field) throws ApiException {
    return switch (fields.get(field)) {
      case null -> Optional.empty();
      case Boolean flag -> Optional.of(flag);
      default -> throw wrong(field, "true or false");
    };
  }

  /** A number within bounds. */
  OptionalDouble number(String field, double least, double most) throws ApiException {
    if (!has(field)) {
      return OptionalDouble.empty();
    }
    if (fields.get(field) instanceof Number number) {
      double value = number.doubleValue();
      if (value >= least && value <= most) {
        return OptionalDouble.of(value);
      }
    }
    throw wrong(field, "a number from %s to %s".formatted(plain(least), plain(most)));
  }

  /** A whole number within bounds; 3.0 is one. */
  OptionalInt integer(String field, int least, int most) throws ApiException {
    if (!has(field)) {
      return OptionalInt.empty();
    }
    if (fields.get(field) instanceof Number number) {
      double value = number.doubleValue();
      if (value == Math.rint(value) && value >= least && value <= most) {
        return OptionalInt.of((int) value);
      }
    }
    throw wrong(field, "a whole number from %d to %d".formatted(least, most));
  }

  /** A whole number of 64 bits. */
  Optional<Long> wide(String field) throws ApiException {
    return switch (fields.get(field)) {
      case null -> Optional.empty();
      case BigInteger whole when whole.compareTo(LONG_MIN) >= 0 && whole.compareTo(LONG_MAX) <= 0 ->
          Optional.of(whole.longValue());
      default -> throw wrong(field, "a whole number of 64 bits");
    };
  }

  /** A list. */
  Optional<List<?>> list(String field) throws ApiException {
    return switch (fields.get(field)) {
      case null -> Optional.empty();
      case List<?> list -> Optional.of(list);
      default -> throw wrong(field, "a list");
    };
  }

  /** An object. */
  Optional<Fields> object(String field) throws ApiException {
    return switch (fields.get(field)) {
      case null -> Optional.empty();
      case Map<?, ?> map -> Optional.of(new Fields(name(field) + ".", map));
      default -> throw wrong(field, "an object");
    };
  }

  /** A list's element that has to be an object. */
  static Fields element(String list, int index, @Nullable Object element) throws ApiException {
    String name = "%s[%d]".formatted(list, index);
    if (element instanceof Map<?, ?> map) {
      return new Fields(name + ".", map);
    }
    throw ApiException.bad(name, name + ": has to be an object");
  }

  /** Its fields, by their names. */
  Map<?, ?> plain() {
    return fields;
  }

  /** A field has not what it should have. */
  ApiException wrong(String field, String expected) {
    String given = JsonValues.write(String.valueOf(fields.get(field)));
    return ApiException.bad(
        name(field), "%s: has to be %s, not %s".formatted(name(field), expected, Shown.of(given)));
  }

  private static String plain(double bound) {
    return bound == Math.rint(bound) && Math.abs(bound) < 1e15
        ? Long.toString((long) bound)
        : Double.toString(bound);
  }
}
