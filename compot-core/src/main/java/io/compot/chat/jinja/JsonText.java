package io.compot.chat.jinja;

import io.compot.chat.jinja.Values.Group;
import io.compot.chat.jinja.Values.Tuple;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code json.dumps}, with the options that transformers gives to the filter {@code tojson}. */
final class JsonText {

  private final boolean ascii;
  private final boolean sorted;
  private final @Nullable String indent;
  private final String comma;
  private final String colon;
  private final Budget budget;
  private final StringBuilder out = new StringBuilder();
  private String lineStart = "\n";

  private JsonText(Arguments arguments, Budget budget) {
    @Nullable Object[] given =
        arguments.bind("tojson", "x", "ensure_ascii?", "indent?", "separators?", "sort_keys?");
    this.budget = budget;
    this.ascii = Arguments.flag(given[1]);
    this.sorted = Arguments.flag(given[4]);
    this.indent =
        switch (given[2]) {
          case null -> null;
          case None _ -> null;
          case String text -> text;
          case Object number ->
              new Arithmetic(budget).repeat(" ", Math.max(0, Types.whole(number, "indent")));
        };
    if (given[3] == null || given[3] == None.NONE) {
      this.comma = indent == null ? ", " : ",";
      this.colon = ": ";
    } else {
      List<Object> both = Iteration.list(given[3], budget);
      if (both.size() != 2) {
        throw JinjaException.operation("separators are not two texts");
      }
      this.comma = Arguments.text(both.get(0), "item separator");
      this.colon = Arguments.text(both.get(1), "key separator");
    }
  }

  /** The filter. */
  static String of(Arguments arguments, Budget budget) {
    var json = new JsonText(arguments, budget);
    Object value = arguments.positional().getFirst();
    json.write(value);
    return budget.text(json.out.toString());
  }

  private void write(Object value) {
    budget.enter();
    budget.step();
    budget.output(out.length());
    String text = Types.text(value);
    switch (value) {
      case Object _ when text != null -> string(text);
      case None _ -> out.append("null");
      case Boolean flag -> out.append(flag);
      case BigInteger number -> out.append(Repr.integer(number));
      case Double number -> out.append(real(number));
      case List<?> items -> array(items);
      case Tuple(List<Object> items) -> array(items);
      case Group(Object grouper, List<Object> list) -> array(List.of(grouper, list));
      case Dict dict -> object(dict);
      default ->
          throw JinjaException.operation(
              "Object of type %s is not JSON serializable", Types.name(value));
    }
    budget.leave();
  }

  private static String real(double number) {
    return Double.isNaN(number)
        ? "NaN"
        : Double.isInfinite(number) ? number > 0 ? "Infinity" : "-Infinity" : Floats.repr(number);
  }

  private void array(List<?> items) {
    open('[');
    for (int i = 0; i < items.size(); i++) {
      separate(i);
      write(items.get(i));
    }
    close(']', items.isEmpty());
  }

  private void object(Dict dict) {
    List<Dict.Entry> entries = new ArrayList<>();
    dict.entries().forEach(entries::add);
    if (sorted) {
      var comparison = new ValueComparison(budget);
      entries.sort((a, b) -> comparison.order(a.key(), b.key()));
    }
    open('{');
    for (int i = 0; i < entries.size(); i++) {
      separate(i);
      string(key(entries.get(i).key()));
      out.append(colon);
      write(entries.get(i).value());
    }
    close('}', entries.isEmpty());
  }

  private static String key(Object key) {
    return switch (key) {
      case String text -> text;
      case Values.Markup(String text) -> text;
      case None _ -> "null";
      case Boolean flag -> flag.toString();
      case BigInteger number -> Repr.integer(number);
      case Double number -> real(number);
      default ->
          throw JinjaException.operation(
              "keys must be str, int, float, bool or None, not %s", Types.name(key));
    };
  }

  private void open(char bracket) {
    out.append(bracket);
    if (indent != null) {
      budget.made(lineStart.length());
      lineStart += indent;
    }
  }

  private void separate(int index) {
    out.append(index == 0 ? "" : comma);
    if (indent != null) {
      budget.made(lineStart.length());
      out.append(lineStart);
    }
  }

  private void close(char bracket, boolean empty) {
    if (indent != null) {
      lineStart = lineStart.substring(0, lineStart.length() - indent.length());
      out.append(empty ? "" : lineStart);
    }
    out.append(bracket);
  }

  private void string(String text) {
    budget.made(text.length());
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\f' -> out.append("\\f");
        case '\b' -> out.append("\\b");
        default -> {
          if (c < 0x20 || (ascii && c > 0x7e)) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
