package io.compot.text;

/** Python's white space, {@code str.isspace()} and {@code \s}: neither of Java's two notions. */
public final class PythonSpace {

  /** What {@code \s} matches in a Python pattern, as a Java character class. */
  public static final String PATTERN =
      "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

  private PythonSpace() {}

  /** {@code c.isspace()}. */
  public static boolean is(int c) {
    return (c >= '\t' && c <= '\r')
        || (c >= 0x1c && c <= 0x20)
        || c == 0x85
        || c == 0xa0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200a)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202f
        || c == 0x205f
        || c == 0x3000;
  }

  /** Where the white space that begins at a place ends. */
  public static int skip(String text, int from) {
    int at = from;
    while (at < text.length() && is(text.charAt(at))) {
      at++;
    }
    return at;
  }

  /** {@code text.lstrip()}. */
  public static String stripLeading(String text) {
    return text.substring(skip(text, 0));
  }

  /** {@code text.rstrip()}. */
  public static String stripTrailing(String text) {
    int end = text.length();
    while (end > 0 && is(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /** {@code text.strip()}. */
  public static String strip(String text) {
    return stripTrailing(stripLeading(text));
  }
}
