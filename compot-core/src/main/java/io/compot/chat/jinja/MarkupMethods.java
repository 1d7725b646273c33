package io.compot.chat.jinja;

import io.compot.chat.jinja.Values.Markup;
import io.compot.chat.jinja.Values.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Methods of marked-up text: those of {@code str}, whose results are marked up again. */
final class MarkupMethods {

  private static final Set<String> ESCAPING = Set.of("join", "replace", "format", "center");

  private MarkupMethods() {}

  /** A method of marked-up text gives marked-up text. */
  static @Nullable Object of(String text, String name, Budget budget) {
    return switch (StringMethods.of(text, name, budget)) {
      case null -> null;
      case Function method ->
          (Function)
              arguments ->
                  marked(
                      method.call(
                          ESCAPING.contains(name) ? escaped(arguments, budget) : arguments));
      case Object other -> other;
    };
  }

  /** What is added to marked-up text is escaped first, items of a list too. */
  private static Arguments escaped(Arguments arguments, Budget budget) {
    var safe = new ArrayList<Object>();
    for (Object argument : arguments.positional()) {
      if (Types.isString(argument)) {
        safe.add(TextFilters.escaped(argument));
      } else if (Types.iterable(argument)) {
        var items = new ArrayList<Object>();
        Iteration.list(argument, budget)
            .forEach(item -> items.add(Types.isString(item) ? TextFilters.escaped(item) : item));
        safe.add(items);
      } else {
        safe.add(argument);
      }
    }
    return new Arguments(safe, arguments.named());
  }

  private static Object marked(Object value) {
    return switch (value) {
      case String text -> new Markup(text);
      case List<?> list -> list.stream().map(MarkupMethods::marked).toList();
      case Tuple(List<Object> items) ->
          new Tuple(items.stream().map(MarkupMethods::marked).toList());
      default -> value;
    };
  }
}
