package io.compot.chat.jinja;

import static io.compot.chat.jinja.ContainerMethods.given;

import io.compot.chat.jinja.JinjaException.Kind;
import io.compot.chat.jinja.Values.Namespace;
import io.compot.chat.jinja.Values.Range;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that every template finds. */
final class Globals {

  private static final int LONGEST_RANGE = 100_000;

  /** An object with methods of its own. */
  interface WithFields {
    @Nullable Object field(String name);
  }

  private Globals() {}

  static Map<String, Object> of(Rendering rendering) {
    Map<String, Object> globals = new HashMap<>();
    globals.put(
        "raise_exception",
        (Function)
            arguments -> {
              Object message = given(arguments.bind("raise_exception", "message")[0]);
              throw new JinjaException(Kind.REFUSED, rendering.str(message));
            });
    globals.put(
        "strftime_now",
        (Function)
            arguments -> {
              String format = Arguments.text(arguments.bind("strftime_now", "format")[0], "format");
              rendering.budget().made(32L * format.length()); // the longest field is %c
              return rendering
                  .budget()
                  .text(Strftime.format(format, LocalDateTime.now(rendering.clock())));
            });
    globals.put("range", (Function) Globals::range);
    globals.put("dict", new DictFactory(rendering));
    globals.put("namespace", (Function) arguments -> namespace(arguments, rendering));
    globals.put("cycler", (Function) arguments -> new Cycler(arguments.positional()));
    globals.put(
        "joiner",
        (Function)
            arguments -> {
              @Nullable Object separator = arguments.bind("joiner", "sep?")[0];
              return new Joiner(separator == null ? ", " : separator);
            });
    globals.put(
        "lipsum",
        (Function)
            _ -> {
              throw JinjaException.operation("lipsum is not available in chat templates");
            });
    globals.put("self", new TemplateReference());
    return globals;
  }

  private static Object range(Arguments arguments) {
    if (!arguments.named().isEmpty()) {
      throw JinjaException.operation("range() takes no keyword arguments");
    }
    @Nullable Object[] v = arguments.bind("range", "start", "stop?", "step?");
    boolean one = v[1] == null;
    long start = one ? 0 : Types.whole(given(v[0]), "range's start");
    long stop = Types.whole(given(one ? v[0] : v[1]), "range's stop");
    long step = Arguments.whole(v[2], 1, "range's step");
    if (step == 0) {
      throw JinjaException.operation("range() arg 3 must not be zero");
    }
    long size =
        Math.max(
            0, step > 0 ? Math.ceilDiv(stop - start, step) : Math.ceilDiv(start - stop, -step));
    if (size > LONGEST_RANGE) {
      throw JinjaException.operation("range too big: more than %d items", LONGEST_RANGE);
    }
    return new Range(start, stop, step, (int) size);
  }

  /** {@code dict(...)}. */
  static Dict dict(Arguments arguments, Rendering rendering) {
    if (arguments.positional().size() > 1) {
      throw JinjaException.operation("dict expected at most 1 argument");
    }
    var dict = new Dict();
    for (Object source : arguments.positional()) {
      if (source instanceof Dict other) {
        other.entries().forEach(entry -> dict.put(entry.key(), entry.value()));
        continue;
      }
      for (Object item : Iteration.list(source, rendering.budget())) {
        List<Object> pair = Iteration.list(item, rendering.budget());
        if (pair.size() != 2) {
          throw JinjaException.operation(
              "dictionary update sequence element has length %d; 2 is required", pair.size());
        }
        dict.put(pair.get(0), pair.get(1));
      }
    }
    arguments.named().forEach(dict::put);
    rendering.budget().made(8L * dict.size());
    return dict;
  }

  static Dict fromKeys(Object keys, Object value, Budget budget) {
    var dict = new Dict();
    Iteration.list(keys, budget).forEach(key -> dict.put(key, value));
    return dict;
  }

  private static Object namespace(Arguments arguments, Rendering rendering) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (Dict.Entry entry : dict(arguments, rendering).entries()) {
      String name = Arguments.text(entry.key(), "a namespace's field");
      checkField(name);
      fields.put(name, entry.value());
    }
    return new Namespace(fields);
  }

  /** Refuses what a namespace must not hold. */
  static void checkField(String name) {
    if (name.startsWith("_")) {
      throw new JinjaException(
          Kind.SECURITY,
          "a namespace cannot hold '%s': rename the field so that it begins with no underscore"
              .formatted(name));
    }
  }

  private record DictFactory(Rendering rendering) implements Function, WithFields {
    @Override
    public Object call(Arguments arguments) {
      return dict(arguments, rendering);
    }

    @Override
    public @Nullable Object field(String name) {
      return name.equals("fromkeys")
          ? ContainerMethods.of(new Dict(), "fromkeys", rendering.budget())
          : null;
    }
  }

  private static final class Cycler implements WithFields {
    private final List<Object> items;
    private int at;

    Cycler(List<Object> items) {
      if (items.isEmpty()) {
        throw JinjaException.operation("at least one item has to be provided");
      }
      this.items = items;
    }

    @Override
    public @Nullable Object field(String name) {
      return switch (name) {
        case "next" ->
            (Function)
                _ -> {
                  Object item = items.get(at);
                  at = (at + 1) % items.size();
                  return item;
                };
        case "reset" ->
            (Function)
                _ -> {
                  at = 0;
                  return None.NONE;
                };
        case "current" -> items.get(at);
        case "items" -> new Values.Tuple(items);
        default -> null;
      };
    }
  }

  private static final class Joiner implements Function {
    private final Object separator;
    private boolean used;

    Joiner(Object separator) {
      this.separator = separator;
    }

    @Override
    public Object call(Arguments arguments) {
      Object value = used ? separator : "";
      used = true;
      return value;
    }
  }

  /** What {@code self} prints. */
  static final class TemplateReference {}
}
