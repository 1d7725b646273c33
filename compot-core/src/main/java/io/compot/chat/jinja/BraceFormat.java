package io.compot.chat.jinja;

import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code text.format(...)}, with the sandbox's own look-up of attributes. */
final class BraceFormat {

  private static final Pattern PART = Pattern.compile("\\.([^.\\[]+)|\\[([^\\]]+)\\]");
  private static final Pattern DIGITS = Pattern.compile("\\d{1,9}");

  private final Budget budget;
  private final Arguments arguments;
  private int automatic;

  BraceFormat(Arguments arguments, Budget budget) {
    this.arguments = arguments;
    this.budget = budget;
  }

  String format(String text) {
    return format(text, 0);
  }

  private String format(String text, int depth) {
    if (depth > 1) {
      throw JinjaException.operation("max string recursion exceeded");
    }
    var out = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      boolean doubled = at + 1 < text.length() && text.charAt(at + 1) == c;
      if (c != '{' && c != '}') {
        out.append(c);
        at++;
      } else if (doubled) {
        out.append(c);
        at += 2;
      } else if (c == '}') {
        throw JinjaException.operation("single '}' encountered in format string");
      } else {
        int end = closing(text, at);
        out.append(field(text.substring(at + 1, end), depth));
        at = end + 1;
      }
      budget.output(out.length());
    }
    return budget.text(out.toString());
  }

  private static int closing(String text, int open) {
    int depth = 0;
    for (int i = open; i < text.length(); i++) {
      depth += text.charAt(i) == '{' ? 1 : text.charAt(i) == '}' ? -1 : 0;
      if (depth == 0) {
        return i;
      }
    }
    throw JinjaException.operation("expected '}' before end of string");
  }

  private String field(String field, int depth) {
    int brackets = 0;
    int colon = -1;
    int mark = -1;
    for (int i = 0; i < field.length() && colon < 0; i++) {
      char c = field.charAt(i);
      brackets += c == '[' ? 1 : c == ']' ? -1 : 0;
      if (brackets == 0 && c == ':') {
        colon = i;
      } else if (brackets == 0 && c == '!' && mark < 0) {
        mark = i;
      }
    }
    int end = mark >= 0 ? mark : colon >= 0 ? colon : field.length();
    String conversion =
        mark < 0 ? "" : field.substring(mark + 1, colon < 0 ? field.length() : colon);
    String spec = colon < 0 ? "" : format(field.substring(colon + 1), depth + 1);
    Object value = value(field.substring(0, end));
    value =
        switch (conversion) {
          case "" -> value;
          case "s" -> Repr.str(value, budget);
          case "r", "a" -> Repr.repr(value, budget);
          default -> throw JinjaException.operation("unknown conversion '%s'", conversion);
        };
    return FormatSpec.parse(spec).format(value, budget);
  }

  private Object value(String name) {
    int end = 0;
    while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
      end++;
    }
    Object value = first(name.substring(0, end));
    Matcher parts = PART.matcher(name).region(end, name.length());
    int at = end;
    while (parts.find() && parts.start() == at) {
      at = parts.end();
      String key = parts.group(2);
      value =
          key == null
              ? Lookup.attribute(value, parts.group(1), budget)
              : Lookup.item(
                  value, DIGITS.matcher(key).matches() ? new BigInteger(key) : key, budget);
    }
    if (at < name.length()) {
      throw JinjaException.operation("only '.' or '[' may follow ']' in format field specifier");
    }
    return value;
  }

  private Object first(String name) {
    boolean number = DIGITS.matcher(name).matches();
    if (name.isEmpty() || number) {
      int index = number ? Integer.parseInt(name) : automatic++;
      if (index >= arguments.positional().size()) {
        throw JinjaException.operation("replacement index %d out of range", index);
      }
      return arguments.positional().get(index);
    }
    Object found = arguments.named().get(name);
    if (found == null) {
      throw JinjaException.operation("there is no argument '%s' to format", name);
    }
    return found;
  }
}
