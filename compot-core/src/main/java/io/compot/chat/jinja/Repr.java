package io.compot.chat.jinja;

import io.compot.chat.jinja.Values.DictView;
import io.compot.chat.jinja.Values.Group;
import io.compot.chat.jinja.Values.Markup;
import io.compot.chat.jinja.Values.Namespace;
import io.compot.chat.jinja.Values.Range;
import io.compot.chat.jinja.Values.Tuple;
import java.math.BigInteger;
import java.util.List;

/** {@code str(value)} and {@code repr(value)}. */
final class Repr {

  /** Python refuses to print longer integers. */
  private static final int LONGEST_INTEGER = 4300;

  private final StringBuilder out = new StringBuilder();
  private final Budget budget;

  private Repr(Budget budget) {
    this.budget = budget;
  }

  /** {@code str(value)}: what printing shows. */
  static String str(Object value, Budget budget) {
    return switch (value) {
      case String text -> text;
      case Markup(String text) -> text;
      case Undefined _ -> "";
      default -> repr(value, budget);
    };
  }

  /** {@code repr(value)}. */
  static String repr(Object value, Budget budget) {
    var repr = new Repr(budget);
    repr.write(value);
    return budget.text(repr.out.toString());
  }

  /** A key in a message. */
  static String shortOf(Object key) {
    String text = repr(key, new Budget(new Limits(100_000, 100_000, 100)));
    return text.length() > 100 ? text.substring(0, 100) + "..." : text;
  }

  private void write(Object value) {
    budget.enter();
    budget.step();
    budget.output(out.length());
    switch (value) {
      case String text -> quoted(text);
      case Boolean flag -> out.append(flag ? "True" : "False");
      case BigInteger number -> out.append(integer(number));
      case Double number -> out.append(Floats.repr(number));
      case List<?> items -> items('[', items, "]");
      case Tuple(List<Object> items) -> items('(', items, items.size() == 1 ? ",)" : ")");
      case Group(Object grouper, List<Object> list) -> items('(', List.of(grouper, list), ")");
      case Dict dict -> dict(dict);
      case Undefined _ -> out.append("Undefined");
      case Markup(String text) -> {
        out.append("Markup(");
        quoted(text);
        out.append(')');
      }
      case Range range -> range(range);
      case DictView view -> view(view);
      case Namespace(var fields) -> {
        var dict = new Dict();
        fields.forEach(dict::put);
        out.append("<Namespace ");
        dict(dict);
        out.append('>');
      }
      case Loop loop -> out.append("<LoopContext %d/%d>".formatted(loop.index(), loop.length()));
      case Macro macro -> {
        out.append("<Macro ");
        quoted(macro.name());
        out.append('>');
      }
      case None _ -> out.append("None");
      case Globals.TemplateReference _ -> out.append("<TemplateReference None>");
      case Values.Once once -> out.append('<').append(once.type()).append(" object>");
      default -> out.append('<').append(Types.name(value)).append('>');
    }
    budget.leave();
  }

  static String integer(BigInteger number) {
    if (number.bitLength() > 14_290) { // 4300 digits
      String digits = number.bitLength() > 20_000 ? "" : number.abs().toString();
      if (digits.isEmpty() || digits.length() > LONGEST_INTEGER) {
        throw JinjaException.operation(
            "an integer of more than %d digits cannot be written", LONGEST_INTEGER);
      }
    }
    return number.toString();
  }

  private void items(char open, List<?> items, String close) {
    out.append(open);
    for (int i = 0; i < items.size(); i++) {
      out.append(i > 0 ? ", " : "");
      write(items.get(i));
    }
    out.append(close);
  }

  private void dict(Dict dict) {
    out.append('{');
    String comma = "";
    for (Dict.Entry entry : dict.entries()) {
      out.append(comma);
      write(entry.key());
      out.append(": ");
      write(entry.value());
      comma = ", ";
    }
    out.append('}');
  }

  private void view(DictView view) {
    out.append(Types.name(view)).append('(');
    items('[', Iteration.list(view, budget), "]");
    out.append(')');
  }

  private void range(Range range) {
    out.append("range(").append(range.start()).append(", ").append(range.stop());
    if (range.step() != 1) {
      out.append(", ").append(range.step());
    }
    out.append(')');
  }

  private void quoted(String text) {
    budget.made(text.length());
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            case '\\' -> out.append("\\\\");
            default -> {
              if (c == quote) {
                out.append('\\').appendCodePoint(c);
              } else if (printable(c)) {
                out.appendCodePoint(c);
              } else {
                out.append(
                    (c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c));
              }
            }
          }
        });
    out.append(quote);
  }

  /** {@code str.isprintable()} of one character. */
  static boolean printable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }
}
