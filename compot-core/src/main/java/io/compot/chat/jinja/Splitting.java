package io.compot.chat.jinja;

import io.compot.chat.jinja.Values.Tuple;
import io.compot.text.PythonSpace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code split}, {@code splitlines}, {@code partition}. */
final class Splitting {

  private Splitting() {}

  /**
   * {@code split} and {@code rsplit}.
   *
   * @param separator null: white space, any amount
   * @param most splits, -1: all
   */
  static List<Object> split(
      String text, @Nullable String separator, long most, boolean right, Budget budget) {
    if (separator != null && separator.isEmpty()) {
      throw JinjaException.operation("empty separator");
    }
    long splits = most < 0 ? Long.MAX_VALUE : most;
    List<Object> parts =
        separator == null
            ? right ? wordsFromRight(text, splits) : words(text, splits)
            : right ? partsFromRight(text, separator, splits) : parts(text, separator, splits);
    budget.made(8L * parts.size() + text.length());
    return parts;
  }

  private static List<Object> parts(String text, String separator, long splits) {
    var parts = new ArrayList<>();
    int at = 0;
    while (parts.size() < splits) {
      int found = text.indexOf(separator, at);
      if (found < 0) {
        break;
      }
      parts.add(text.substring(at, found));
      at = found + separator.length();
    }
    parts.add(text.substring(at));
    return parts;
  }

  private static List<Object> partsFromRight(String text, String separator, long splits) {
    var parts = new ArrayList<>();
    int end = text.length();
    while (parts.size() < splits) {
      int found =
          end < separator.length() ? -1 : text.lastIndexOf(separator, end - separator.length());
      if (found < 0) {
        break;
      }
      parts.add(text.substring(found + separator.length(), end));
      end = found;
    }
    parts.add(text.substring(0, end));
    Collections.reverse(parts);
    return parts;
  }

  private static List<Object> words(String text, long splits) {
    var words = new ArrayList<>();
    int at = PythonSpace.skip(text, 0);
    while (at < text.length() && words.size() < splits) {
      int end = at;
      while (end < text.length() && !PythonSpace.is(text.charAt(end))) {
        end++;
      }
      words.add(text.substring(at, end));
      at = PythonSpace.skip(text, end);
    }
    if (at < text.length()) {
      words.add(PythonSpace.stripTrailing(text.substring(at)));
    }
    return words;
  }

  private static List<Object> wordsFromRight(String text, long splits) {
    var words = new ArrayList<>();
    String rest = PythonSpace.stripTrailing(text);
    while (!rest.isEmpty() && words.size() < splits) {
      int begin = rest.length();
      while (begin > 0 && !PythonSpace.is(rest.charAt(begin - 1))) {
        begin--;
      }
      words.add(rest.substring(begin));
      rest = PythonSpace.stripTrailing(rest.substring(0, begin));
    }
    if (!rest.isEmpty()) {
      words.add(PythonSpace.stripLeading(rest));
    }
    Collections.reverse(words);
    return words;
  }

  /** {@code splitlines}: at every end of line that Unicode knows. */
  static List<Object> lines(String text, boolean keepEnds, Budget budget) {
    var lines = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < text.length(); i++) {
      if (!endsLine(text.charAt(i))) {
        continue;
      }
      int next = text.startsWith("\r\n", i) ? i + 2 : i + 1;
      lines.add(text.substring(at, keepEnds ? next : i));
      at = next;
      i = next - 1;
    }
    if (at < text.length()) {
      lines.add(text.substring(at));
    }
    budget.made(8L * lines.size() + text.length());
    return lines;
  }

  private static boolean endsLine(char c) {
    return (c >= '\n' && c <= '\r')
        || (c >= 0x1c && c <= 0x1e)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  static Tuple partition(String text, String separator, boolean right) {
    if (separator.isEmpty()) {
      throw JinjaException.operation("empty separator");
    }
    int at = right ? text.lastIndexOf(separator) : text.indexOf(separator);
    if (at < 0) {
      return right ? Tuple.of("", "", text) : Tuple.of(text, "", "");
    }
    return Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
  }

  /** How often a part occurs without overlapping. */
  static long count(String text, String part) {
    if (part.isEmpty()) {
      return text.codePointCount(0, text.length()) + 1L;
    }
    long count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
      count++;
    }
    return count;
  }
}
