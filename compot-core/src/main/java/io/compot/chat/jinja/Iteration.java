package io.compot.chat.jinja;

import io.compot.chat.jinja.Values.DictView;
import io.compot.chat.jinja.Values.Group;
import io.compot.chat.jinja.Values.Markup;
import io.compot.chat.jinja.Values.Once;
import io.compot.chat.jinja.Values.Range;
import io.compot.chat.jinja.Values.Tuple;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** {@code iter(value)}. */
final class Iteration {

  /** Memory of a list's element, in characters. */
  private static final int ELEMENT = 8;

  private Iteration() {}

  /** A list of a value's elements, a new one. */
  static List<Object> list(Object value, Budget budget) {
    var list = new ArrayList<>();
    iterator(value)
        .forEachRemaining(item -> {
          budget.made(ELEMENT);
          list.add(item);
        });
    return list;
  }

  /** The elements one by one. */
  static Iterator<Object> iterator(Object value) {
    return switch (value) {
      case String text -> characters(text);
      case Markup(String text) -> characters(text);
      case List<?> list -> plain(list);
      case Tuple(List<Object> items) -> items.iterator();
      case Group(Object grouper, List<Object> list) -> List.of(grouper, list).iterator();
      case Dict dict -> dict.keys().iterator();
      case DictView(DictView.Kind kind, Dict dict) -> view(kind, dict);
      case Range range -> numbers(range);
      case Once once -> once.items();
      case Undefined _ -> List.of().iterator();
      default -> throw JinjaException.operation("'%s' object is not iterable", Types.name(value));
    };
  }

  private static Iterator<Object> plain(List<?> list) {
    return List.<Object>copyOf(list).iterator();
  }

  private static Iterator<Object> characters(String text) {
    return text.codePoints().<Object>mapToObj(Character::toString).iterator();
  }

  private static Iterator<Object> view(DictView.Kind kind, Dict dict) {
    var all = new ArrayList<>();
    for (Dict.Entry entry : dict.entries()) {
      all.add(
          switch (kind) {
            case KEYS -> entry.key();
            case VALUES -> entry.value();
            case ITEMS -> Tuple.of(entry.key(), entry.value());
          });
    }
    return all.iterator();
  }

  private static Iterator<Object> numbers(Range range) {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return next < range.size();
      }

      @Override
      public Object next() {
        return BigInteger.valueOf(range.start() + next++ * range.step());
      }
    };
  }
}
