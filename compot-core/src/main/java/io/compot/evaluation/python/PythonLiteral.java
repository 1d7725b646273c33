package io.compot.evaluation.python;

import io.compot.text.PythonSpace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code ast.literal_eval} for lists, dictionaries with string keys, and strings, as data sets
 * carry them inside a text column.
 */
public final class PythonLiteral {

  private static final int DEEPEST = 64;

  private final String text;
  private int at;
  private int depth;

  private PythonLiteral(String text) {
    this.text = text;
  }

  /**
   * The value: a {@code List<Object>}, a {@code Map<String, Object>} or a {@code String}.
   *
   * @throws IllegalArgumentException saying at which character it is not such a literal
   */
  public static Object parse(String text) {
    var parser = new PythonLiteral(text);
    parser.spaces();
    Object value = parser.value();
    parser.spaces();
    if (parser.at != text.length()) {
      throw parser.refuse("the end");
    }
    return value;
  }

  private Object value() {
    if (++depth > DEEPEST) {
      throw refuse("fewer nested brackets");
    }
    Object value =
        switch (peek()) {
          case '[' -> list();
          case '{' -> dictionary();
          case '\'', '"' -> string();
          default -> throw refuse("a list, a dictionary or a string");
        };
    depth--;
    return value;
  }

  private List<Object> list() {
    List<Object> items = new ArrayList<>();
    take('[');
    while (peek() != ']') {
      items.add(value());
      separator(']');
    }
    take(']');
    return items;
  }

  private Map<String, Object> dictionary() {
    Map<String, Object> items = new LinkedHashMap<>();
    take('{');
    while (peek() != '}') {
      String key = string();
      take(':');
      items.put(key, value());
      separator('}');
    }
    take('}');
    return items;
  }

  private void separator(char end) {
    if (peek() != end) {
      take(',');
    }
  }

  private String string() {
    char quote = peek();
    if (quote != '\'' && quote != '"') {
      throw refuse("a string");
    }
    at++;
    var value = new StringBuilder();
    while (at < text.length() && text.charAt(at) != quote) {
      char c = text.charAt(at++);
      if (c == '\\') {
        escape(value);
      } else {
        value.append(c);
      }
    }
    if (at == text.length()) {
      throw refuse("a closing quote");
    }
    at++;
    spaces();
    return value.toString();
  }

  private void escape(StringBuilder value) {
    if (at == text.length()) {
      throw refuse("an escaped character");
    }
    char c = text.charAt(at++);
    switch (c) {
      case 'n' -> value.append('\n');
      case 't' -> value.append('\t');
      case 'r' -> value.append('\r');
      case 'b' -> value.append('\b');
      case 'f' -> value.append('\f');
      case 'a' -> value.append((char) 7);
      case 'v' -> value.append((char) 11);
      case '\\', '\'', '"' -> value.append(c);
      case 'x' -> value.appendCodePoint(hexadecimal(2));
      case 'u' -> value.appendCodePoint(hexadecimal(4));
      case 'U' -> value.appendCodePoint(hexadecimal(8));
      default -> value.append('\\').append(c);
    }
  }

  private int hexadecimal(int digits) {
    if (at + digits > text.length()) {
      throw refuse(digits + " hexadecimal digits");
    }
    try {
      int code = Integer.parseInt(text, at, at + digits, 16);
      if (!Character.isValidCodePoint(code)) {
        throw refuse("a Unicode character");
      }
      at += digits;
      return code;
    } catch (NumberFormatException e) {
      throw refuse(digits + " hexadecimal digits");
    }
  }

  private char peek() {
    spaces();
    return at < text.length() ? text.charAt(at) : 0;
  }

  private void take(char expected) {
    if (peek() != expected) {
      throw refuse("'" + expected + "'");
    }
    at++;
    spaces();
  }

  private void spaces() {
    while (at < text.length() && PythonSpace.is(text.charAt(at))) {
      at++;
    }
  }

  private IllegalArgumentException refuse(String expected) {
    return new IllegalArgumentException("expected " + expected + " at character " + at);
  }
}
