package io.compot.chat.jinja;

/** Python's escapes in a string literal; an escape that Python does not know stays as written. */
final class StringLiteral {

  private StringLiteral() {}

  static String unescape(String text, int line) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    var out = new StringBuilder();
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i++);
      if (c != '\\' || i == text.length()) {
        out.append(c);
        continue;
      }
      char kind = text.charAt(i++);
      switch (kind) {
        case '\n' -> {}
        case '\\', '\'', '"' -> out.append(kind);
        case 'a' -> out.append('\u0007');
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case 'v' -> out.append('\u000b');
        case 'x' -> i = hex(text, i, 2, out, line);
        case 'u' -> i = hex(text, i, 4, out, line);
        case 'U' -> i = hex(text, i, 8, out, line);
        case 'N' -> i = named(text, i, out, line);
        default -> {
          if (kind >= '0' && kind <= '7') {
            int end = i;
            while (end < text.length()
                && end < i + 2
                && "01234567".indexOf(text.charAt(end)) >= 0) {
              end++;
            }
            out.append((char) Integer.parseInt(text.substring(i - 1, end), 8));
            i = end;
          } else {
            out.append('\\').append(kind);
          }
        }
      }
    }
    return out.toString();
  }

  private static int hex(String text, int from, int digits, StringBuilder out, int line) {
    int end = from + digits;
    int point = -1;
    if (end <= text.length()
        && text.substring(from, end).chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
      long value = Long.parseLong(text.substring(from, end), 16);
      point = value <= Character.MAX_CODE_POINT ? (int) value : -1;
    }
    if (point < 0) {
      throw new JinjaException(
          JinjaException.Kind.SYNTAX, "a string holds a broken \\x, \\u or \\U escape", line);
    }
    out.appendCodePoint(point);
    return end;
  }

  private static int named(String text, int from, StringBuilder out, int line) {
    int end = text.indexOf('}', from);
    if (end > from && text.charAt(from) == '{') {
      try {
        out.appendCodePoint(Character.codePointOf(text.substring(from + 1, end)));
        return end + 1;
      } catch (IllegalArgumentException _) {
        // refused below
      }
    }
    throw new JinjaException(
        JinjaException.Kind.SYNTAX, "a string holds a \\N escape of an unknown name", line);
  }
}
