package io.compot.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What filters look at in an item: the item itself, or {@code "a.b.0"} of it. */
@FunctionalInterface
interface AttributeGetter {

  Pattern DIGITS = Pattern.compile("\\d{1,9}");

  Object apply(Object item);

  /**
   * Of one attribute.
   *
   * @param attribute null: the item itself
   * @param otherwise what stands for an undefined value; null: that stays undefined
   */
  static AttributeGetter of(
      @Nullable Object attribute, @Nullable Object otherwise, Rendering rendering) {
    if (attribute == null || attribute == None.NONE) {
      return item -> item;
    }
    var parts = new ArrayList<Object>();
    String path = Types.text(attribute);
    if (path == null) {
      parts.add(attribute);
    } else {
      for (String part : path.split("\\.", -1)) {
        parts.add(DIGITS.matcher(part).matches() ? new BigInteger(part) : part);
      }
    }
    return item -> {
      Object value = item;
      for (Object part : parts) {
        rendering.budget().step();
        value = Lookup.item(value, part, rendering.budget());
        if (value instanceof Undefined && otherwise != null && otherwise != None.NONE) {
          value = otherwise;
        }
      }
      return value;
    };
  }

  /** The same, texts in lower case where {@code fold}. */
  static AttributeGetter one(
      @Nullable Object attribute, boolean fold, @Nullable Object otherwise, Rendering rendering) {
    AttributeGetter plain = of(attribute, otherwise, rendering);
    return fold ? item -> folded(plain.apply(item)) : plain;
  }

  /** Of several, {@code "a,b.c"}; their values as a list where they are more than one. */
  static AttributeGetter several(@Nullable Object attribute, boolean fold, Rendering rendering) {
    String names = attribute == null ? null : Types.text(attribute);
    if (names == null || names.indexOf(',') < 0) {
      return one(attribute, fold, null, rendering);
    }
    List<AttributeGetter> all = new ArrayList<>();
    for (String name : names.split(",", -1)) {
      all.add(one(name, fold, null, rendering));
    }
    return item -> {
      var values = new ArrayList<>();
      all.forEach(getter -> values.add(getter.apply(item)));
      return values;
    };
  }

  static Object folded(Object value) {
    String text = Types.text(value);
    return text == null ? value : text.toLowerCase(Locale.ROOT);
  }
}
