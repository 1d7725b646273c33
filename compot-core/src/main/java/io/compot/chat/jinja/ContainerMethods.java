package io.compot.chat.jinja;

import io.compot.chat.jinja.Values.DictView;
import io.compot.chat.jinja.Values.Tuple;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Methods of dicts, lists and tuples; the sandbox gives out none that would change them. */
final class ContainerMethods {

  private ContainerMethods() {}

  static @Nullable Object of(Dict dict, String name, Budget budget) {
    return switch (name) {
      case "items", "keys", "values" -> {
        var kind =
            switch (name) {
              case "items" -> DictView.Kind.ITEMS;
              case "keys" -> DictView.Kind.KEYS;
              default -> DictView.Kind.VALUES;
            };
        yield (Function)
            arguments -> {
              arguments.bindUnnamed(name);
              budget.made(8L * dict.size());
              return new DictView(kind, dict);
            };
      }
      case "get" ->
          (Function)
              arguments -> {
                @Nullable Object[] given = arguments.bindUnnamed("get", "key", "default?");
                Object found = dict.get(given(given[0]));
                return found != null ? found : given[1] != null ? given(given[1]) : None.NONE;
              };
      case "copy" ->
          (Function)
              arguments -> {
                arguments.bindUnnamed("copy");
                budget.made(8L * dict.size());
                return dict.copy();
              };
      case "fromkeys" ->
          (Function)
              arguments -> {
                @Nullable Object[] given = arguments.bindUnnamed("fromkeys", "keys", "value?");
                return Globals.fromKeys(
                    given(given[0]), given[1] == null ? None.NONE : given(given[1]), budget);
              };
      case "clear", "pop", "popitem", "setdefault", "update" -> Undefined.unsafe(dict, name);
      default -> null;
    };
  }

  static @Nullable Object of(List<?> list, String name, Budget budget) {
    return switch (name) {
      case "index", "count" -> search(list, name, budget);
      case "copy" ->
          (Function)
              arguments -> {
                arguments.bindUnnamed("copy");
                return Iteration.list(list, budget);
              };
      case "append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove" ->
          Undefined.unsafe(list, name);
      default -> null;
    };
  }

  static @Nullable Object ofTuple(List<Object> items, String name, Budget budget) {
    return name.equals("index") || name.equals("count")
        ? search(new Tuple(items).items(), name, budget)
        : null;
  }

  private static Function search(List<?> items, String name, Budget budget) {
    var comparison = new ValueComparison(budget);
    if (name.equals("count")) {
      return arguments -> {
        Object wanted = given(arguments.bindUnnamed("count", "value")[0]);
        return BigInteger.valueOf(
            items.stream().filter(item -> comparison.equal(item, wanted)).count());
      };
    }
    return arguments -> {
      @Nullable Object[] given = arguments.bindUnnamed("index", "value", "start?", "stop?");
      Object wanted = given(given[0]);
      long from = place(Arguments.whole(given[1], 0, "start"), items.size());
      long to = place(Arguments.whole(given[2], items.size(), "stop"), items.size());
      for (int i = (int) from; i < to; i++) {
        if (comparison.equal(items.get(i), wanted)) {
          return BigInteger.valueOf(i);
        }
      }
      throw JinjaException.operation("%s is not in list", Repr.shortOf(wanted));
    };
  }

  private static long place(long index, int size) {
    return Math.clamp(index < 0 ? index + size : index, 0, size);
  }

  /** An argument that a signature requires. */
  static Object given(@Nullable Object value) {
    if (value == null) {
      throw new IllegalStateException("a required argument is missing");
    }
    return value;
  }
}
