package io.compot.error;

/** Text from a file as messages show it: on one line, printable, of bounded length. */
public final class Shown {

  private static final int LONGEST = 160;

  private Shown() {}

  /** The text with control characters escaped, cut where it is long. */
  public static String of(String text) {
    var shown = new StringBuilder();
    for (int i = 0; i < text.length() && shown.length() < LONGEST; i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || (Character.isSurrogate(c) && !paired(text, i))) {
        shown.append("\\u%04x".formatted((int) c));
      } else {
        shown.append(c);
      }
    }
    return shown.length() < LONGEST ? shown.toString() : shown + "...";
  }

  /** Whether the text holds no half of a surrogate pair, so that it can be written as UTF-8. */
  public static boolean wellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i)) && !paired(text, i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean paired(String text, int i) {
    char c = text.charAt(i);
    return Character.isHighSurrogate(c)
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }
}
