package io.compot.chat.jinja;

import io.compot.chat.jinja.Values.DictView;
import io.compot.chat.jinja.Values.Group;
import io.compot.chat.jinja.Values.Markup;
import io.compot.chat.jinja.Values.Namespace;
import io.compot.chat.jinja.Values.Range;
import io.compot.chat.jinja.Values.Tuple;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code value.name}: a method first, then a key; {@code value[key]}: a key first, then a method.
 */
final class Lookup {

  private static final Pattern HIDDEN = Pattern.compile("__\\w+__");

  private Lookup() {}

  static Object attribute(Object of, String name, Budget budget) {
    Object own = ownAttribute(of, name, budget);
    if (own != null) {
      return own;
    }
    Object item = ownItem(of, name);
    return item != null ? item : Undefined.of(of, name);
  }

  static Object item(Object of, Object key, Budget budget) {
    Object item = ownItem(of, key);
    if (item == null && key instanceof String name) {
      item = ownAttribute(of, name, budget);
    }
    return item != null ? item : Undefined.of(of, key);
  }

  /**
   * What Python's getattr finds, or what the sandbox gives instead; null where there is nothing.
   */
  static @Nullable Object ownAttribute(Object of, String name, Budget budget) {
    if (HIDDEN.matcher(name).matches()
        && (!(of instanceof Undefined) || name.equals("__class__"))) {
      return Undefined.unsafe(of, name); // every object has some of them
    }
    return switch (of) {
      case Undefined missing -> throw missing.error();
      case String text -> StringMethods.of(text, name, budget);
      case Markup(String text) -> MarkupMethods.of(text, name, budget);
      case Dict dict -> ContainerMethods.of(dict, name, budget);
      case List<?> list -> ContainerMethods.of(list, name, budget);
      case Tuple(List<Object> items) -> ContainerMethods.ofTuple(items, name, budget);
      case Group(Object grouper, List<Object> list) ->
          switch (name) {
            case "grouper" -> grouper;
            case "list" -> list;
            default -> ContainerMethods.ofTuple(List.of(grouper, list), name, budget);
          };
      case Namespace(var fields) -> fields.get(name);
      case Loop loop -> loop.attribute(name);
      case Macro macro -> macro.attribute(name);
      case Globals.WithFields object -> object.field(name);
      default -> null;
    };
  }

  /** What Python's {@code of[key]} finds; null where that is a TypeError or a LookupError. */
  private static @Nullable Object ownItem(Object of, Object key) {
    return switch (of) {
      case Undefined missing -> throw missing.error();
      case Dict dict -> {
        boolean unhashable = key instanceof List || key instanceof Dict;
        yield unhashable ? null : dict.get(key);
      }
      case List<?> list -> at(list, key);
      case Tuple(List<Object> items) -> at(items, key);
      case Group(Object grouper, List<Object> list) -> at(List.of(grouper, list), key);
      case String text -> character(text, key);
      case Markup(String text) -> {
        Object character = character(text, key);
        yield character == null ? null : new Markup((String) character);
      }
      case Range range -> {
        int index = index(key, range.size());
        yield index < 0 ? null : BigInteger.valueOf(range.start() + index * range.step());
      }
      default -> null;
    };
  }

  private static @Nullable Object at(List<?> items, Object key) {
    int index = index(key, items.size());
    return index < 0 ? null : items.get(index);
  }

  private static @Nullable Object character(String text, Object key) {
    int index = index(key, text.codePointCount(0, text.length()));
    return index < 0
        ? null
        : Character.toString(text.codePointAt(text.offsetByCodePoints(0, index)));
  }

  /** The place that a key means, -1 where it means none. */
  private static int index(Object key, int size) {
    if (!(Types.number(key) instanceof BigInteger number) || number.bitLength() > 31) {
      return -1;
    }
    long index = number.longValue() < 0 ? number.longValue() + size : number.longValue();
    return index >= 0 && index < size ? (int) index : -1;
  }

  /**
   * {@code of[from:to:step]}.
   *
   * @param from null, like the others, where the slice leaves it out
   */
  static Object slice(
      Object of, @Nullable Object from, @Nullable Object to, @Nullable Object step, Budget budget) {
    return switch (of) {
      case Undefined missing -> throw missing.error();
      case String text -> sliced(text, from, to, step, budget);
      case Markup(String text) -> new Markup(sliced(text, from, to, step, budget));
      case List<?> list -> picked(list, from, to, step, budget);
      case Tuple(List<Object> items) -> new Tuple(picked(items, from, to, step, budget));
      case Range range -> {
        int[] places = places(range.size(), from, to, step);
        long stride = range.step() * bound(step, 1);
        long begin = range.start() + (places.length == 0 ? 0 : places[0] * range.step());
        yield new Range(begin, begin + places.length * stride, stride, places.length);
      }
      case Group _ -> picked(Iteration.list(of, budget), from, to, step, budget);
      case Dict _ -> throw JinjaException.operation("unhashable type: 'slice'");
      case DictView _ ->
          throw JinjaException.operation("'%s' object is not subscriptable", Types.name(of));
      default -> throw JinjaException.operation("'%s' object is not subscriptable", Types.name(of));
    };
  }

  private static String sliced(
      String text,
      @Nullable Object from,
      @Nullable Object to,
      @Nullable Object step,
      Budget budget) {
    budget.made(text.length());
    int[] points = text.codePoints().toArray();
    int[] places = places(points.length, from, to, step);
    var out = new StringBuilder(places.length);
    for (int place : places) {
      out.appendCodePoint(points[place]);
    }
    return out.toString();
  }

  private static List<Object> picked(
      List<?> items,
      @Nullable Object from,
      @Nullable Object to,
      @Nullable Object step,
      Budget budget) {
    int[] places = places(items.size(), from, to, step);
    budget.made(8L * places.length);
    var out = new ArrayList<>(places.length);
    for (int place : places) {
      out.add(items.get(place));
    }
    return out;
  }

  /** Python's {@code range(*slice(from, to, step).indices(size))}. */
  private static int[] places(
      int size, @Nullable Object from, @Nullable Object to, @Nullable Object step) {
    long stride = bound(step, 1);
    if (stride == 0) {
      throw JinjaException.operation("slice step cannot be zero");
    }
    long low = stride > 0 ? 0 : -1;
    long high = stride > 0 ? size : size - 1L;
    long begin = clamp(bound(from, stride > 0 ? low : high), isGiven(from), size, low, high);
    long end = clamp(bound(to, stride > 0 ? high : low), isGiven(to), size, low, high);
    long count =
        stride > 0
            ? Math.max(0, Math.ceilDiv(end - begin, stride))
            : Math.max(0, Math.ceilDiv(begin - end, -stride));
    int[] places = new int[(int) count];
    for (int i = 0; i < places.length; i++) {
      places[i] = (int) (begin + i * stride);
    }
    return places;
  }

  private static boolean isGiven(@Nullable Object bound) {
    return bound != null && bound != None.NONE;
  }

  private static long bound(@Nullable Object bound, long otherwise) {
    return bound == null || bound == None.NONE ? otherwise : Types.whole(bound, "slice indices");
  }

  private static long clamp(long value, boolean given, int size, long low, long high) {
    long at = given && value < 0 ? value + size : value;
    return Math.min(Math.max(at, low), high);
  }
}
